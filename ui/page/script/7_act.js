/* Presses of elements with data-do: done here, or handed to Python. */
const within = (element, selector) => $(selector, element.closest('li, section, article, div') || document);

function shut(box) {
  box.hidden = true;
  const opener = box.previousElementSibling?.matches('button') ? box.previousElementSibling : $('[data-do=ask-delete], [data-do=rename-ask], [data-do=edit-ask], [data-do=bulk-ask]', box.parentElement);
  opener?.focus();
}
function reveal(box, focused) {
  if (!box) return;
  if (box.closest('#kd-talk')) follow = false;
  box.hidden = false;
  const first = $(focused, box);
  first?.focus();
  first?.select?.();
}

// Where the focus goes when what was pressed is drawn anew or goes away: to the same control, else to what comes next.
const NEXT = {
  'rename-conversation': (id) => `.kd-conversation[data-id="${id}"] > a`,
  'delete-conversation': () => '#kd-notices [data-do=restore]',
  delete: () => '.kd-drop', 'delete-selected': () => '.kd-bulk > summary', 'move-documents': () => '.kd-bulk > summary', every: () => '.kd-drop',
  retry: () => '.kd-box textarea', edit: () => '.kd-box textarea', example: () => '.kd-box textarea',
  allow: () => '.kd-box textarea', refuse: () => '.kd-box textarea', 'hide-notice': () => '.kd-model > summary',
  again: () => '.kd-box textarea', vote: () => '.kd-vote', 'stop-job': () => '.kd-drop', dismiss: () => '.kd-drop', answer: () => '.kd-asks [data-do=answer]', again: () => '.kd-drop',
};
const FOCUS_MS = 4000;
let focusNext = [], focusUntil = 0;
function keepFocus(element) {
  const { do: name, id = '', turn, thumb } = element.dataset;
  const same = `[data-do="${name}"]` + Object.entries({ id, turn, thumb }).filter(([, value]) => value).map(([key, value]) => `[data-${key}="${CSS.escape(value)}"]`).join('');
  const next = NEXT[name]?.(CSS.escape(id));
  const gone = ['retry', 'edit', 'rename-conversation', 'refuse', 'allow'].includes(name);
  focusNext = gone ? [next] : [same, next, '.kd-drop'].filter(Boolean);
  focusUntil = Date.now() + FOCUS_MS;
  requestAnimationFrame(refocus);
}
function refocus() {
  const lost = !document.activeElement || document.activeElement === document.body;
  if (!lost || Date.now() > focusUntil) return;
  const there = focusNext.flatMap((selector) => $$(selector)).find((one) => one.checkVisibility() && !one.disabled);
  // A keyboard that opens over half of a phone is no help: there the conversation is what comes next.
  if (there?.matches('textarea') && matchMedia('(pointer: coarse)').matches) $('#kd-middle')?.focus({ preventScroll: true });
  else there?.focus({ preventScroll: true });
}
// Who goes elsewhere stays there.
for (const kind of ['pointerdown', 'keydown']) document.addEventListener(kind, () => { focusNext = []; }, true);

const local = {
  theme: () => { const dark = !document.body.classList.contains('dark'); theme(dark); store.set('kaedama-theme', dark ? 'dark' : 'light'); },
  tab: (button) => { tab(button.dataset.tab); if (button.dataset.tab === 'evidence') $('#kd-right')?.focus(); },
  skip: (link) => { const part = document.getElementById(link.dataset.part); (link.dataset.part === 'kd-middle' ? $('#kd-box textarea') : part)?.focus(); },
  choose,
  filter: (field) => { filter = field.value; filterDocuments(); },
  every: (box) => tickAll(box.checked),
  select: (box) => select([Number(box.dataset.id)], box.checked),
  'select-all': (box) => select(shownIds(), box.checked),
  scope: (box) => tick([box.dataset.id], box.checked),
  'ask-delete': (button) => reveal($('.kd-confirm', button.parentElement), '[data-do=keep]'),
  'bulk-ask': (button) => reveal($('.kd-confirm', button.parentElement), '[data-do=keep]'),
  keep: (button) => shut(button.closest('.kd-confirm')),
  'rename-ask': (button) => reveal($('.kd-form', button.parentElement), 'input'),
  'edit-ask': (button) => reveal($('.kd-edit', button.parentElement), 'textarea'),
  'close-report': closeReport,
  'edit-cancel': (button) => shut(button.closest('.kd-edit')),
  copy: copyAnswer,
  'back-to-mark': backToMark,
  place: (button) => openPlace(button.closest('.kd-card'), button),
  'close-place': () => placeDialog().close(),
  turn: (button) => askPlace({ page: Number(button.dataset.to) }),
  hit: (button) => askPlace({ at: Number(button.dataset.to), page: 0 }),
  zoom: (button) => zoomPlace(Number(button.dataset.to)),
  'as-text': (button) => placeAsText(button.getAttribute('aria-pressed') !== 'true'),
  'ask-page': askAboutPage,
  open: (link) => go(link.dataset.id ? `?c=${link.dataset.id}` : `?n=${shownNotebook()}`),
  'switch-notebook': (link) => go(`?n=${link.dataset.id}`),
};

function act(element, trigger) {
  const name = element.dataset.do;
  if (local[name]) { local[name](element); return; }
  if (name === 'cite') { cite(element, trigger); return; }
  if (name === 'view') { view(element.dataset.view); send('kd-header', 'view', {}); return; }
  const data = { ...element.dataset, value: element.value || '', checked: !!element.checked };
  if (['example', 'retry', 'edit', 'allow'].includes(name)) {
    if (name !== 'allow' && running()) return;
    follow = true;
    pending = !element.closest('#kd-versus-notice');
  }
  if (name === 'earlier') follow = false;
  if (name === 'samples') lookSoon();
  keepFocus(element);
  sayNoMore();
  const form = element.closest('[data-submit]');
  if (form) data.value = $('input, textarea, select', form).value;
  if (name === 'again') { const secret = $('input[type=password]', form); if (secret) secret.value = ''; }
  if (name === 'address') addressSent(data.value);
  if (['again', 'answer', 'read-again', 'address'].includes(name)) lookSoon();
  if (element.closest('#kd-report')) closeReport();
  if (form?.hidden === false && form.matches('.kd-edit, [data-submit=rename-conversation]')) form.hidden = true;
  if (name === 'delete' || name === 'delete-selected') element.closest('.kd-confirm').hidden = true;
  if (name === 'delete-selected' || name === 'move-documents') data.ids = selectedIds();
  if (name === 'use') { view('ask'); chooses('model'); send('kd-model', 'model', data); return; }
  if (name === 'new-notebook' || name === 'delete-notebook') { const menu = element.closest('details'); menu.open = false; unfolded.set(menu, false); }
  if (name === 'new-notebook') $('input', form).value = '';
  if (['model', 'think', 'reads'].includes(name)) chooses(name);
  trigger('kd_' + name.replaceAll('-', '_'), data);
}

window.kaedama = {
  settled,
  chosen,
  choices: () => store.get('kaedama-choices'),
  keep: (text) => { if (text) store.set('kaedama-choices', JSON.stringify({ ...JSON.parse(text), search: '' })); },
  save(file) {
    if (!file) return;
    const { name, type, text } = JSON.parse(file);
    const link = Object.assign(document.createElement('a'), { download: name, href: URL.createObjectURL(new Blob([text], { type })) });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  },
  wire(element, trigger) {
    const part = element.closest('[id^=kd-]');
    if (part) senders.set(part.id, trigger);
    const input = (target) => target.matches('input, select, textarea');
    element.addEventListener('click', (event) => {
      const target = event.target.closest('[data-do]');
      if (!target || input(target) || target.disabled) return;
      // A link opened in another tab or window goes its own way.
      if (target.matches('a')) { if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return; event.preventDefault(); }
      act(target, trigger);
    });
    element.addEventListener('change', (event) => {
      const target = event.target.closest('[data-do]');
      if (target && input(target)) act(target, trigger);
    });
    element.addEventListener('input', (event) => {
      const target = event.target.closest('input[type=search][data-do]');
      if (target) act(target, trigger);
    });
    element.addEventListener('keydown', (event) => {
      const form = event.target.closest('[data-submit]');
      if (!form || event.key !== 'Enter' || event.isComposing || (event.target.matches('textarea') && event.shiftKey)) return;
      event.preventDefault();
      $('[data-do]', form)?.click();
    });
  },
};
