/* Files on their way to the server, and the list of documents: filter, all or none. */
let filter = '';

function upload(files) {
  const field = $('#kd-upload input[type=file]');
  const drop = $('.kd-drop');
  if (!files.length) return;
  if (!field || !drop) { setTimeout(() => upload(files), 100); return; }  // the page is still being built
  const limit = Number(drop.dataset.limit);
  const large = files.filter((file) => file.size > limit).map((file) => ({ name: file.name, size: file.size }));
  if (large.length) send('kd-dropzone', 'toolarge', { files: large });
  const fine = new DataTransfer();
  files.filter((file) => file.size <= limit).forEach((file) => fine.items.add(file));
  if (!fine.files.length) return;
  field.files = fine.files;
  field.dispatchEvent(new Event('change', { bubbles: true }));
  const words = $('span', drop);
  const before = words.textContent;
  words.textContent = drop.dataset.sending;
  drop.classList.add('kd-busy');
  const seen = new MutationObserver(() => { seen.disconnect(); words.textContent = before; drop.classList.remove('kd-busy'); });
  seen.observe($('#kd-jobs'), { childList: true, subtree: true, characterData: true });
  lookSoon();
}

// The address of a web page stays in its field until it has been read: one that failed can be mended.
const jobNumber = (job) => Number(job.dataset.job);
let sentAddress = null;
function addressSent(address) { sentAddress = { address: address.trim(), after: Math.max(0, ...$$('.kd-job').map(jobNumber)) }; }
function addressRead() {
  if (!sentAddress || !$$('.kd-job[data-name]').some((job) => jobNumber(job) > sentAddress.after && job.dataset.name === sentAddress.address)) return;
  const field = $('.kd-address input');
  if (field && field.value.trim() === sentAddress.address) field.value = '';
  sentAddress = null;
}

function choose() {
  const chooser = Object.assign(document.createElement('input'), { type: 'file', multiple: true, accept: $('.kd-drop')?.dataset.accept || '' });
  chooser.onchange = () => upload([...chooser.files]);
  chooser.click();
}

function filterDocuments() {
  const field = $('[data-do=filter]');
  if (!field && $('.kd-documents')) filter = '';  // so few that nothing is left to clear it with
  const sought = filter.toLowerCase().normalize('NFKC');
  $$('.kd-document').forEach((item) => {
    const hidden = !!sought && !item.dataset.name.toLowerCase().normalize('NFKC').includes(sought);
    if (item.hidden !== hidden) item.hidden = hidden;
  });
  if (field && field !== document.activeElement && field.value !== filter) field.value = filter;
  showTicks();
  showSelected();
  const boxes = $$('.kd-document:not([hidden]) [data-do=scope]');
  const every = $('[data-do=every]');
  if (!every) return;
  const all = boxes.length > 0 && boxes.every((box) => box.checked);
  if (every.checked !== all) every.checked = all;
  every.indeterminate = !all && boxes.some((box) => box.checked);
}

// Boxes as the person set them, by document: what the server draws meanwhile does not undo a press, and every event tells them all.
const ticks = new Map();
function tick(ids, checked) {
  ids.forEach((id) => ticks.set(Number(id), checked));
  showTicks();
  if ($('.kd-document [data-do=scope]:checked')) $$('[data-until-ticked]').forEach((note) => note.remove());
  chooses('scope');
  send('kd-documents', 'scope', { ticks: [...ticks] });
}
// All or none of those that the filter shows.
function tickAll(checked) { tick($$('.kd-document:not([hidden])').map((item) => item.dataset.id), checked); }
function showTicks() {
  $$('.kd-document [data-do=scope]').forEach((box) => {
    // Redrawn in another order, an element is another document's, with the state that it had as a box.
    const wanted = ticks.get(Number(box.dataset.id)) ?? box.defaultChecked;
    if (box.checked !== wanted) box.checked = wanted;
  });
}

// Documents that are to be moved or deleted: those that are selected and shown, never one that the filter hides.
const selected = new Set();
const shownIds = () => $$('.kd-document:not([hidden])').map((item) => Number(item.dataset.id));
const selectedIds = () => shownIds().filter((id) => selected.has(id));
function select(ids, on) {
  ids.forEach((id) => (on ? selected.add(id) : selected.delete(id)));
  const asked = $('.kd-bulk .kd-confirm');
  if (asked) asked.hidden = true;
  showSelected();
}
function counted(element, n) {
  const forms = JSON.parse(element.dataset.forms);
  const text = (forms[new Intl.PluralRules(root.lang || 'en').select(n)] || forms.other).replace('{n}', n.toLocaleString(root.lang));
  const said = n || !element.dataset.none ? text : element.dataset.none;
  if (element.textContent !== said) element.textContent = said;
}
function showSelected() {
  const bulk = $('.kd-bulk');
  if (!bulk) return;
  if (!bulk.open) selected.clear();
  const ids = selectedIds();
  $$('.kd-document [data-do=select]').forEach((box) => { const on = selected.has(Number(box.dataset.id)); if (box.checked !== on) box.checked = on; });
  $$('[data-forms]', bulk).forEach((element) => counted(element, ids.length));
  const asked = $('.kd-confirm', bulk), question = $('span', asked).textContent;
  if (asked.getAttribute('aria-label') !== question) asked.setAttribute('aria-label', question);
  $$('[data-do=bulk-ask], [data-do=move-documents]', bulk).forEach((button) => { if (button.disabled !== !ids.length) button.disabled = !ids.length; });
  const all = $('[data-do=select-all]', bulk), every = ids.length > 0 && ids.length === shownIds().length;
  if (all.checked !== every) all.checked = every;
}

// The report of a document opens over the page when the server has drawn it, and gives the focus back.
let reported = '';
function reportRedrawn() {
  const panel = $('#kd-report dialog');
  if (!panel || panel.dataset.at === reported) return;
  reported = panel.dataset.at;
  if (panel.open) return;
  panel.showModal();
  $('h2', panel).focus();
  panel.addEventListener('close', () => {
    const opener = $(`[data-do=report][data-id="${CSS.escape(panel.dataset.id)}"]`);
    (opener || $('.kd-drop'))?.focus();
  }, { once: true });
}
const closeReport = () => $('#kd-report dialog[open]')?.close();
