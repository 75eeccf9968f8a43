/* What the page does without the server: light and dark, tabs of a narrow window, following a citation, the drop zone, and handing every
   other press of an element with data-do="x" to Python as the event kd_x. Loads nothing, sends nothing elsewhere. */
(() => {
  const store = {
    get: (key) => { try { return localStorage.getItem(key) || ''; } catch { return ''; } },
    set: (key, value) => { try { localStorage.setItem(key, value); } catch { /* a browser may refuse to remember */ } },
  };
  const root = document.documentElement;
  let wanted = '';        // the card that a citation waits for
  let follow = true;      // whether the conversation scrolls along

  function theme(dark) { document.body.classList.toggle('dark', dark); root.style.colorScheme = dark ? 'dark' : 'light'; }

  function tab(name) {
    document.querySelector('#kd-columns')?.setAttribute('data-tab', name);
    document.querySelectorAll('.kd-tabs [data-tab]').forEach((button) => {
      if (button.dataset.tab === name) button.setAttribute('aria-current', 'true'); else button.removeAttribute('aria-current');
    });
  }

  function view(name) {
    document.querySelector('#kd-columns')?.setAttribute('data-view', name);
    document.body.dataset.view = name;
    document.querySelectorAll('.kd-views [data-view]').forEach((button) => {
      if (button.dataset.view === name) button.setAttribute('aria-current', 'page'); else button.removeAttribute('aria-current');
    });
    tab('chat');
    const box = document.querySelector(name === 'compare' ? '#kd-versus-box textarea' : '#kd-box textarea');
    if (box && name !== 'models' && matchMedia('(min-width: 960px)').matches) box.focus();
  }

  function turnTo(key) {
    const card = document.querySelector(`[data-card="${CSS.escape(key)}"]`);
    if (!card) return false;
    for (let fold = card.closest('details'); fold; fold = fold.parentElement.closest('details')) fold.open = true;
    tab('evidence');
    document.querySelectorAll('.kd-lit').forEach((one) => one.classList.remove('kd-lit'));
    card.classList.add('kd-lit');
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    card.scrollIntoView({ block: 'start', behavior: calm ? 'auto' : 'smooth' });
    card.focus({ preventScroll: true });
    return true;
  }

  function upload(files) {
    const field = document.querySelector('#kd-upload input[type=file]');
    const drop = document.querySelector('.kd-drop');
    if (!files.length) return;
    if (!field || !drop) { setTimeout(() => upload(files), 100); return; }  // the page is still being built
    const limit = Number(drop.dataset.limit);
    const large = files.filter((file) => file.size > limit).map((file) => ({ name: file.name, size: file.size }));
    if (large.length) sendTooLarge({ files: large });
    const fine = new DataTransfer();
    files.filter((file) => file.size <= limit).forEach((file) => fine.items.add(file));
    if (!fine.files.length) return;
    field.files = fine.files;
    field.dispatchEvent(new Event('change', { bubbles: true }));
    const words = drop.querySelector('span');
    const before = words.textContent;
    words.textContent = drop.dataset.sending;
    drop.classList.add('kd-busy');
    const jobs = document.querySelector('#kd-jobs');
    const seen = new MutationObserver(() => { seen.disconnect(); words.textContent = before; drop.classList.remove('kd-busy'); });
    seen.observe(jobs, { childList: true, subtree: true, characterData: true });
  }
  let sendTooLarge = () => {};

  const local = {
    theme: () => { const dark = !document.body.classList.contains('dark'); theme(dark); store.set('kaedama-theme', dark ? 'dark' : 'light'); },
    tab: (button) => tab(button.dataset.tab),
    choose: () => {
      const chooser = Object.assign(document.createElement('input'), { type: 'file', multiple: true });
      chooser.onchange = () => upload([...chooser.files]);
      chooser.click();
    },
    'ask-delete': (button) => {
      const box = button.parentElement.querySelector('.kd-confirm');
      box.hidden = false;
      box.querySelector('[data-do=keep]').focus();
    },
    keep: (button) => {
      button.closest('.kd-confirm').hidden = true;
      button.closest('li').querySelector('.kd-delete').focus();
    },
  };

  function act(element, trigger) {
    const name = element.dataset.do;
    if (local[name]) return local[name](element);
    if (name === 'cite') {
      const key = `${element.dataset.turn}-${element.dataset.n}`;
      if (!turnTo(key)) { wanted = key; trigger('kd_show', { turn: element.dataset.turn }); }
      return;
    }
    if (name === 'view') view(element.dataset.view);
    if (name === 'language') store.set('kaedama-language', element.dataset.language);
    if (name === 'example' || name === 'retry') follow = true;
    if (name === 'delete') element.closest('.kd-confirm').hidden = true;
    trigger('kd_' + name.replaceAll('-', '_'), { ...element.dataset, value: element.value || '', checked: !!element.checked });
  }

  window.kaedama = {
    save(name, text) {
      const link = Object.assign(document.createElement('a'), { download: name, href: URL.createObjectURL(new Blob([text], { type: 'application/x-ndjson' })) });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    },
    wire(element, trigger) {
      if (element.closest('#kd-dropzone')) sendTooLarge = (data) => trigger('kd_toolarge', data);
      const input = (target) => target.matches('input, select');
      element.addEventListener('click', (event) => {
        const target = event.target.closest('[data-do]');
        if (target && !input(target)) act(target, trigger);
      });
      element.addEventListener('change', (event) => {
        const target = event.target.closest('[data-do]');
        if (target && input(target)) act(target, trigger);
      });
    },
  };

  // Redrawing sets attributes as the server last knew them; what the reader has unfolded stays unfolded.
  const unfolded = new WeakSet();
  document.addEventListener('click', (event) => {
    const summary = event.target.closest('summary');
    if (!summary) return;
    const fold = summary.parentElement;
    if (fold.open) unfolded.delete(fold); else unfolded.add(fold);
  }, true);

  function redrawn() {
    document.querySelectorAll('details:not([open])').forEach((fold) => { if (unfolded.has(fold)) fold.open = true; });
    if (wanted && turnTo(wanted)) wanted = '';
    const chosen = document.body.dataset.view || 'ask';
    const current = document.querySelector('.kd-views [aria-current]');
    if (current && current.dataset.view !== chosen) view(chosen);  // the header was drawn anew
    const language = document.querySelector('[data-page-language]')?.dataset.pageLanguage;
    if (language && root.lang !== language) root.lang = language;
    document.querySelectorAll('.kd-box textarea').forEach((box) => {
      if (box.getAttribute('aria-label') !== box.placeholder) box.setAttribute('aria-label', box.placeholder);
    });
    const talk = document.querySelector('#kd-talk');
    if (talk && follow && talk.querySelector('[data-running]')) talk.scrollTop = talk.scrollHeight;
  }

  function start() {
    const kept = store.get('kaedama-theme');
    const dark = kept ? kept === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    theme(dark);
    tab('chat');
    let due = false;
    new MutationObserver(() => {
      if (due) return;
      due = true;
      requestAnimationFrame(() => { due = false; redrawn(); });
    }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['open', 'placeholder', 'data-running'] });
    // Gradio follows the system when it starts; the reader's own choice comes after it and stays.
    if (kept) setTimeout(() => theme(dark), 300);
    document.addEventListener('scroll', (event) => {
      const talk = event.target;
      if (talk.id === 'kd-talk') follow = talk.scrollHeight - talk.scrollTop - talk.clientHeight < 80;
    }, true);
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && event.target.matches('#kd-box textarea')) follow = true;
      if (event.key === 'Escape') document.querySelector('#kd-stop')?.checkVisibility() && document.querySelector('#kd-stop').click();
    }, true);
    // The Enter that ends a Japanese conversion is not one that sends.
    document.addEventListener('keypress', (event) => { if (event.isComposing) event.stopImmediatePropagation(); }, true);
    for (const kind of ['dragover', 'dragleave', 'drop']) {
      document.addEventListener(kind, (event) => {
        if (![...(event.dataTransfer?.types || [])].includes('Files')) return;
        event.preventDefault();
        document.querySelector('.kd-drop')?.classList.toggle('kd-over', kind === 'dragover');
        if (kind === 'drop') upload([...event.dataTransfer.files]);
      });
    }
  }
  // Gradio may put this script in after the document is complete.
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start); else start();
})();
