/* The place of a quote, in a dialog over the page: on a phone a sheet. The server says what stands there; pictures come from the page's own
   routes, as wide as the screen shows them. */
let looked = { quotes: [], at: 0, page: 0, text: false };
let lookedFrom = null;  // where the focus goes back to
let placeDrawn = '';    // the last drawing that was shown
let zoomed = 1;
const ZOOMS = [0.5, 0.75, 1, 1.25, 1.5, 2, 3, 4];
// The widest that a page is shown at first, and the steps in which wider pictures are asked for, in pixels.
const WIDEST = 1000, WIDTH_STEP = 100;

function placeDialog() {
  let dialog = $('#kd-place-dialog');
  if (dialog) return dialog;
  dialog = Object.assign(document.createElement('dialog'), { id: 'kd-place-dialog' });
  dialog.setAttribute('aria-labelledby', 'kd-place-title');
  document.body.append(dialog);
  dialog.addEventListener('click', (event) => {
    const target = event.target.closest('[data-do]');
    if (target && !target.disabled) act(target, () => {});
    else if (event.target === dialog) dialog.close();  // beside it
  });
  dialog.addEventListener('close', () => {
    dialog.replaceChildren();
    const { turn = '', n = '' } = lookedFrom?.dataset || {};
    const back = lookedFrom?.isConnected ? lookedFrom : $(`[data-do=cite][data-turn="${CSS.escape(turn)}"][data-n="${CSS.escape(n)}"]`);
    back?.focus({ preventScroll: true });
  });
  // A sheet goes with a swipe down.
  let from = null;
  dialog.addEventListener('touchstart', (event) => { from = NARROW.matches && event.target.closest('.kd-place-head') ? event.touches[0].clientY : null; }, { passive: true });
  dialog.addEventListener('touchend', (event) => { if (from !== null && event.changedTouches[0].clientY - from > 60) dialog.close(); from = null; }, { passive: true });
  return dialog;
}

// The quotes of all cited cards are gone through from any of them; a passage that is not cited stands alone.
function openPlace(card, opener) {
  const column = card.closest('#kd-versus-evidence, #kd-evidence');
  const cards = 'cited' in card.dataset ? $$('[data-quotes][data-cited]', column) : [card];
  const quotes = cards.map((one) => JSON.parse(one.dataset.quotes));
  const at = quotes.slice(0, cards.indexOf(card)).flat().length;
  looked = { quotes: quotes.flat(), at, page: 0, text: false };
  lookedFrom = opener || card;
  zoomed = 1;
  askPlace({});
}
// What draws pages is begun while the pointer is still on its way.
const warmed = new Map();
const WARM_MS = 60000;
function warmPlace(event) {
  const button = event.target.closest?.('.kd-cite, [data-do=place]');
  if (!button) return;
  const { turn = '', n = '' } = button.dataset;
  const card = button.closest('[data-quotes]') || $(`[data-card="${CSS.escape(`${turn}-${n}`)}"]`);
  if (!card?.dataset.quotes) return;
  const [document_, version] = JSON.parse(card.dataset.quotes)[0];
  const key = `${document_} ${version}`;
  if (Date.now() - (warmed.get(key) || 0) < WARM_MS) return;
  warmed.set(key, Date.now());
  send('kd-place', 'warm', { document: document_, version });
}
for (const kind of ['pointerover', 'focusin']) document.addEventListener(kind, warmPlace, true);
let placeAsked = false;
function askPlace(change) {
  looked = { ...looked, ...change };
  placeAsked = true;
  send('kd-place', 'place', looked);
}

function placeShown() {
  const told = $('#kd-place [data-markup]');
  if (!told || told.dataset.at === placeDrawn) return;
  placeDrawn = told.dataset.at;
  const dialog = placeDialog();
  if (!placeAsked) return;
  placeAsked = false;
  const { do: name = '', to = '' } = document.activeElement?.closest?.('#kd-place-dialog') ? document.activeElement.dataset : {};
  const backward = name === 'turn' && $('[data-do=turn]', dialog) === document.activeElement;
  dialog.innerHTML = told.dataset.markup;
  if (!dialog.open) dialog.showModal();
  const same = name ? $$(`[data-do="${name}"]`, dialog) : [];
  const next = same.length > 1 && !backward && name === 'turn' ? same[1] : same.find((one) => one.dataset.to === to) || same[0];
  (next && !next.disabled ? next : name ? $('.kd-sheets', dialog) || $('h2', dialog) : $('h2', dialog)).focus();
  drawSheets();
  toQuote();
}

function toQuote() {
  const dialog = placeDialog();
  const text = $('.kd-as-text', dialog);
  const first = text ? $('.kd-reading mark', dialog) : $('.kd-frame:not(.kd-other)', dialog);
  const sheets = $('.kd-sheets', dialog);
  if (!sheets) return;
  if (!first) { sheets.scrollTop = 0; return; }
  const at = first.getBoundingClientRect(), area = sheets.getBoundingClientRect();
  sheets.scrollTop += at.top - area.top - Math.max(24, (area.height - at.height) / 3);
  sheets.scrollLeft += Math.min(0, at.left - area.left - 16) || Math.max(0, at.right - area.right + 16);
}

function drawSheets() {
  const dialog = placeDialog(), sheets = $('.kd-sheets', dialog);
  if (!sheets || $('.kd-as-text', dialog)) return;
  const style = getComputedStyle(sheets);
  const room = sheets.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  const wide = Math.round(Math.min(room, WIDEST) * zoomed);
  const said = $('.kd-zoom', dialog);
  if (said) said.textContent = `${Math.round(zoomed * 100)} %`;
  $$('.kd-sheet', sheets).forEach((sheet) => {
    sheet.style.width = `${wide}px`;
    const picture = $('img', sheet);
    const wanted = Math.ceil(wide * (devicePixelRatio || 1) / WIDTH_STEP) * WIDTH_STEP;
    if (Number(picture.dataset.wide || 0) >= wanted) return;
    picture.dataset.wide = wanted;
    picture.onerror = placeFailed;
    picture.onload = () => sheet.classList.add('kd-drawn');
    picture.src = `${picture.dataset.src}?width=${wanted}`;
  });
  fitText(sheets);
}

// The unseen text lies over the picture: each line as high and as wide as its box.
function fitText(sheets) {
  const lines = $$('.kd-layer > span', sheets).map((line) => ({ text: line.firstElementChild, box: line.getBoundingClientRect(), down: line.matches('.kd-down') }));
  for (const { text, box, down } of lines) { text.style.transform = 'none'; text.style.fontSize = `${Math.max(1, (down ? box.width : box.height) * 0.8)}px`; }
  const sizes = lines.map(({ text }) => [text.offsetWidth, text.offsetHeight]);
  lines.forEach(({ text, box, down }, at) => {
    const [width, height] = sizes[at];
    text.style.transform = down ? `scaleY(${box.height / (height || 1)})` : `scaleX(${box.width / (width || 1)})`;
  });
}

function placeFailed() {
  const said = $('.kd-place-failed', placeDialog());
  if (said) said.hidden = false;
  placeAsText(true);
}
function placeAsText(on) {
  const dialog = placeDialog();
  looked.text = on;
  $('.kd-placed', dialog)?.classList.toggle('kd-as-text', on);
  $('[data-do=as-text]', dialog)?.setAttribute('aria-pressed', String(on));
  drawSheets();
  toQuote();
}
function zoomPlace(step) {
  const next = step > 0 ? ZOOMS.find((one) => one > zoomed) : ZOOMS.findLast((one) => one < zoomed);
  const sheets = $('.kd-sheets', placeDialog());
  if (!next || !sheets) return;
  const middle = [(sheets.scrollLeft + sheets.clientWidth / 2) / sheets.scrollWidth, (sheets.scrollTop + sheets.clientHeight / 2) / sheets.scrollHeight];
  zoomed = next;
  drawSheets();
  sheets.scrollLeft = middle[0] * sheets.scrollWidth - sheets.clientWidth / 2;
  sheets.scrollTop = middle[1] * sheets.scrollHeight - sheets.clientHeight / 2;
}
window.addEventListener('resize', () => { if ($('#kd-place-dialog[open]')) drawSheets(); });

// Only this document is searched, and the question begins with the page's name.
function askAboutPage(button) {
  const { document: id, words } = button.dataset;
  lookedFrom = null;
  placeDialog().close();
  view('ask');
  const all = $$('.kd-document').map((item) => Number(item.dataset.id || $('[data-do=scope]', item)?.dataset.id));
  if (all.includes(Number(id))) { all.forEach((one) => ticks.set(one, one === Number(id))); tick([Number(id)], true); }
  const box = $('#kd-box textarea');
  if (!box) return;
  if (!box.value.startsWith(words)) fill(box, words + box.value);
  box.focus();
  box.setSelectionRange(box.value.length, box.value.length);
}
