// Before the first paint, so that a dark page does not flash white.
(() => {
  try {
    const theme = localStorage.getItem('lyceum.theme');
    if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;
  } catch {
    // Storage may be forbidden; the system's colours hold then.
  }
})();
