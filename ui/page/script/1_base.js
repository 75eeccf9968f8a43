/* What the page does without the server: light and dark, tabs of a narrow window, the address, drafts, following a citation, the drop zone;
   and handing every other press of an element with data-do="x" to Python as the event kd_x. Loads nothing, sends nothing elsewhere.
   The files of this folder share one scope. */
const store = {
  get: (key) => { try { return localStorage.getItem(key) || ''; } catch { return ''; } },
  set: (key, value) => { try { if (value) localStorage.setItem(key, value); else localStorage.removeItem(key); } catch { /* a browser may refuse to remember */ } },
};
const root = document.documentElement;
const $ = (selector, within = document) => within.querySelector(selector);
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
// Below this width the page is one column with tabs, and the evidence is a sheet.
const NARROW = matchMedia('(max-width: 699px)');
const calm = () => (matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth');
// By the id of a part of the page: hands an event of it to Python.
const senders = new Map();
function send(part, name, data) {
  const trigger = senders.get(part);
  if (trigger) trigger('kd_' + name, data || {});
  return !!trigger;
}
const announced = (kind) => {
  const said = $('#kd-announced');
  if (!said) return;
  said.textContent = '';
  setTimeout(() => { said.textContent = said.dataset[kind] || ''; }, 50);
};
