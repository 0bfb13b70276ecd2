/** The view library, whose files index.html loads as plain scripts, and htm bound to it. */
import htm from '../lib/htm.module.js';

const { h, render, Fragment, createContext } = self.preact;
const { useState, useEffect, useLayoutEffect, useRef, useMemo, useCallback, useContext } = self.preactHooks;
const html = htm.bind(h);

export { html, render, Fragment, createContext, useState, useEffect, useLayoutEffect, useRef, useMemo, useCallback, useContext };
