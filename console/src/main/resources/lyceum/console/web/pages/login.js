/** Who comes in: name and password, a token, or the organisation's login. */
import { html, useEffect, useState } from '../core/lib.js';
import { api, forget, useApi } from '../core/api.js';
import { navigate } from '../core/router.js';
import { session } from '../core/store.js';
import { Command, Refusal } from '../core/ui.js';

export function Login() {
  const providers = useApi('/session/providers');
  const [way, setWay] = useState('password');
  const [values, setValues] = useState({ user: '', password: '', token: '' });
  const [error, setError] = useState(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    document.title = 'Log in · Lyceum';
  }, []);
  const enter = async (body) => {
    setBusy(true);
    setError(null);
    try {
      const who = await api.post('/session', body);
      forget();
      if (location.pathname === '/login') navigate('/', { replace: true });
      session.set(who);
    } catch (e) {
      setError(e);
      setBusy(false);
    }
  };
  useEffect(() => {
    // The link that the first start prints; what is behind # is not sent to a server by itself.
    const token = location.pathname === '/login' && new URLSearchParams(location.hash.slice(1)).get('token');
    if (!token) return;
    history.replaceState(null, '', '/login');
    setWay('token');
    enter({ token });
  }, []);
  const change = (name) => (event) => setValues({ ...values, [name]: event.target.value });
  const submit = (event) => {
    event.preventDefault();
    enter(way === 'token' ? { token: values.token.trim() } : { user: values.user.trim(), password: values.password });
  };
  const oidc = providers.data?.oidc;
  return html`<div class="alone">
    <main class="login">
      <img src="/icon.svg" alt="" width="44" height="44" />
      <h1>Lyceum</h1>
      <form onSubmit=${submit}>
        ${way === 'token'
          ? html`<label class="field" key="token"><span>Token</span>
              <input type="password" name="token" autocomplete="off" required autofocus value=${values.token} onInput=${change('token')} /></label>`
          : html`<label class="field" key="user"><span>User</span>
                <input name="user" autocomplete="username" required autofocus value=${values.user} onInput=${change('user')} /></label>
              <label class="field" key="password"><span>Password</span>
                <input type="password" name="password" autocomplete="current-password" required value=${values.password} onInput=${change('password')} /></label>`}
        <${Refusal} error=${error} />
        <button type="submit" class="primary" disabled=${busy}>${busy ? 'Logging in…' : 'Log in'}</button>
      </form>
      <p class="ways">
        <button type="button" class="link" onClick=${() => setWay(way === 'token' ? 'password' : 'token')}>
          ${way === 'token' ? 'Use name and password' : 'Use a token'}
        </button>
        ${oidc && html`<a href=${oidc.loginUrl} target="_self">Log in with ${oidc.name}</a>`}
      </p>
      ${way === 'token' && html`<div class="hint"><p>Every start writes a link for the first admin. This prints it:</p><${Command} text="./lyceum status" /></div>`}
    </main>
  </div>`;
}
