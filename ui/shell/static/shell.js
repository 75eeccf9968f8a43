/* Watches over the page from its first line to its last: takes the first paint away when the page is drawn, notices that the server is
   gone, says so, and brings the page back. Asks nobody but the server that the page came from. */
(() => {
  const me = document.currentScript;
  const words = JSON.parse(me.dataset.words);
  const root = document.documentElement;
  const LOOK_MS = 3000;      // between two looks at the server while all is well
  const LOOK_GONE_MS = 1000; // while it is gone
  const PATIENCE_MS = 10000; // a server that is silent for longer is waited for aloud
  const SAID_MS = 8000;      // how long a refusal is shown
  const SLOW_MS = 6000;      // after which the first paint says that it takes long
  const DRAFTS = 'kaedama-shell-drafts';
  const ask = window.fetch.bind(window);
  let gone = false, leaving = false, due = 0, quiet = 0;

  const language = () => {
    let kept = '';
    try { kept = localStorage.getItem('kaedama-language') || ''; } catch { /* a browser may refuse to remember */ }
    return [root.dataset.kaedama === 'opening' ? kept : '', root.lang, 'en'].find((one) => words[one]);
  };
  const say = (key) => words[language()][key];

  function notice(key) {
    const box = document.querySelector('#kaedama-notice');
    if (!box) return;
    clearTimeout(quiet);
    box.hidden = !key;
    box.textContent = key ? say(key) : '';
  }
  function refuse(key) {
    if (gone) return;
    notice(key);
    quiet = setTimeout(() => { if (!gone) notice(''); }, SAID_MS);
  }

  // Words that were typed but not sent outlive the page's being loaded again.
  const boxes = () => [...document.querySelectorAll('textarea')].filter((box) => box.closest('[id]') && box.value);
  function keepDrafts() {
    const drafts = boxes().map((box) => [box.closest('[id]').id, box.value]);
    try { sessionStorage.setItem(DRAFTS, JSON.stringify(drafts)); } catch { /* no memory, no drafts */ }
  }
  function giveDrafts() {
    let drafts = [];
    try { drafts = JSON.parse(sessionStorage.getItem(DRAFTS) || '[]'); sessionStorage.removeItem(DRAFTS); } catch { /* none */ }
    for (const [id, text] of drafts) {
      const box = document.getElementById(id)?.querySelector('textarea') || document.querySelector(`textarea[id="${CSS.escape(id)}"]`);
      if (!box || box.value) continue;
      box.value = text;
      box.dispatchEvent(new Event('input', { bubbles: true }));
    }
  }

  // A page that can redraw itself takes `kaedama:back` and prevents its default; any other is loaded again.
  function back(again) {
    gone = false;
    notice('');
    const event = new CustomEvent('kaedama:back', { cancelable: true, detail: { restarted: again } });
    if (!window.dispatchEvent(event)) return;
    keepDrafts();
    location.reload();
  }
  function lose() {
    if (gone || leaving) return;
    gone = true;
    keepDrafts();
    notice('lost');
    plan(LOOK_GONE_MS);
  }
  function plan(wait) { clearTimeout(due); due = setTimeout(look, wait); }
  async function look() {
    if (document.hidden && !gone) { plan(LOOK_MS); return; }
    const silent = setTimeout(() => { if (!gone) notice('silent'); }, PATIENCE_MS);
    try {
      const reply = await ask('/healthz', { cache: 'no-store' });
      const boot = (await reply.json()).boot;
      if (gone || boot !== me.dataset.boot) { const again = boot !== me.dataset.boot; me.dataset.boot = boot; back(again); }
      else if (document.querySelector('#kaedama-notice')?.textContent === say('silent')) notice('');
    } catch { lose(); }
    clearTimeout(silent);
    plan(gone ? LOOK_GONE_MS : LOOK_MS);
  }

  // Gradio's client asks through this: what it cannot reach, or is refused, is said in our words.
  window.fetch = async (target, options) => {
    const address = String(target?.url || target);
    if (!address.includes('/gradio_api/')) return ask(target, options);
    try {
      const reply = await ask(target, options);
      if (reply.status === 403) refuse('refused');
      else if (reply.status === 413) refuse('large');
      else if (reply.status === 429 || reply.status === 503) refuse('many');
      else if (reply.status >= 500) refuse('failed');
      return reply;
    } catch (error) {
      if (error?.name !== 'AbortError') plan(0);
      throw error;
    }
  };

  function drawn() {
    root.removeAttribute('data-kaedama');
    document.querySelector('#kaedama-frame')?.remove();
    giveDrafts();
  }
  function start() {
    const told = document.querySelector('#kaedama-frame-words');
    told.textContent = say('opening');
    const slow = setTimeout(() => { told.textContent = say('slow'); }, SLOW_MS);
    const ready = () => {
      if (!document.querySelector(me.dataset.ready)) return false;
      clearTimeout(slow);
      // Two frames later the parts have their places.
      requestAnimationFrame(() => requestAnimationFrame(drawn));
      return true;
    };
    if (!ready()) {
      const watch = new MutationObserver(() => { if (ready()) watch.disconnect(); });
      watch.observe(document.body, { childList: true, subtree: true });
    }
    plan(LOOK_MS);
  }
  window.addEventListener('beforeunload', () => { leaving = true; keepDrafts(); });
  window.addEventListener('pageshow', () => { leaving = false; });
  document.addEventListener('visibilitychange', () => { if (!document.hidden) plan(0); });
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start); else start();
})();
