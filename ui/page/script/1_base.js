/* What the page does without the server: light and dark, tabs of a narrow window, following a citation, the drop zone, and handing every
   other press of an element with data-do="x" to Python as the event kd_x. Loads nothing, sends nothing elsewhere. */
const store = {
  get: (key) => { try { return localStorage.getItem(key) || ''; } catch { return ''; } },
  set: (key, value) => { try { localStorage.setItem(key, value); } catch { /* a browser may refuse to remember */ } },
};
const root = document.documentElement;
let wanted = '';        // the card that a citation waits for
let follow = true;      // whether the conversation scrolls along

