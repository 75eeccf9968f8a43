/* The question box: a draft is never lost, an empty question is not asked, one that comes while an answer runs waits its turn. */
let follow = true;     // whether the conversation scrolls along
let waits = false;     // whether what is in the box is asked as soon as the answer has ended
let pending = false;   // whether a question is on its way and the server has not said whether it takes it
// Choices on their way to the server, without which a question would be asked wrongly; true: and once more after that.
const choosing = new Map();
let taken = '';        // the question that was sent last
let watched = '';      // the turn whose answer is watched
let watchedBoard = ''; // the comparison that is watched

const here = () => new URLSearchParams(location.search).get('c') || '';
const draftKey = (box) => `kaedama-draft-${box.closest('#kd-versus-box') ? 'compare' : here() || 'new'}`;
const running = () => !!$('#kd-live [data-running]');

function fill(box, text) {
  if (!box || box.value === text) return;
  box.value = text;
  box.dispatchEvent(new Event('input', { bubbles: true }));
}
function giveDraft() {
  const box = $('#kd-box textarea');
  if (box && document.activeElement !== box || box && !box.value) fill(box, store.get(draftKey(box)));
  const versus = $('#kd-versus-box textarea');
  if (versus && !versus.value) fill(versus, store.get(draftKey(versus)));
}
function keepDraft(event) {
  const box = event.target;
  if (!box.matches?.('.kd-box textarea')) return;
  store.set(draftKey(box), box.value);
  if (!box.value.trim()) setWaits(false);
}
function setWaits(on) {
  waits = on;
  $('#kd-composer')?.classList.toggle('kd-waits', on);
  const words = $('#kd-announced')?.dataset.waits || '';
  let said = $('#kd-waits');
  if (on && !said) {
    said = Object.assign(document.createElement('p'), { id: 'kd-waits', className: 'kd-note' });
    $('#kd-composer')?.prepend(said);
  }
  if (said) { said.textContent = on ? words : ''; said.hidden = !on; }
  if (on) announced('waits');
}

// True where the press may go on to the server.
function mayAsk(box) {
  if (!box.value.trim()) return false;
  if (box.closest('#kd-versus-box')) {
    if ($('#kd-board [data-running]')) return false;
    const models = $('.kd-choice');
    if (models) { models.open = false; unfolded.set(models, false); }
    return true;
  }
  if (running() || pending || choosing.size) { setWaits(true); return false; }
  pending = true;
  taken = box.value;
  follow = true;
  return true;
}

// The server has said whether it takes the question. What was pressed meanwhile is asked now, unless an answer runs.
function settled() {
  pending = false;
  askWaiting();
}
function askWaiting() {
  requestAnimationFrame(() => requestAnimationFrame(() => {
    if (waits && !running() && !pending && !choosing.size) { setWaits(false); $('#kd-send')?.click(); }
  }));
}
// Of several ticks during one request, the server is told the last in another.
function chooses(name) { choosing.set(name, choosing.has(name) && name === 'scope'); }
function chosen(name) {
  if (choosing.get(name)) choosing.set(name, false);
  else choosing.delete(name);
  askWaiting();
}

function asked(event) {
  const box = event.target.closest?.('.kd-box textarea');
  if (!box || event.key !== 'Enter' || event.shiftKey) return;
  // The Enter that ends a Japanese conversion is not one that sends.
  if (event.isComposing || event.keyCode === 229) { event.stopImmediatePropagation(); return; }
  if (event.type === 'keypress' && mayAsk(box)) return;
  if (event.type === 'keydown') return;
  event.preventDefault();
  event.stopImmediatePropagation();
}
function pressed(event) {
  const button = event.target.closest?.('#kd-send, #kd-versus-send');
  if (!button) return;
  const box = $(button.id === 'kd-send' ? '#kd-box textarea' : '#kd-versus-box textarea');
  if (box && mayAsk(box)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  box?.focus();
}

// After every change of the conversation: watch an answer that is being written, tell its end, ask what waits.
let wasRunning = false;
function talkRedrawn() {
  const live = $('#kd-live [data-running]');
  const now = !!live;
  if (now) {
    if (live.dataset.turn !== watched) { watched = live.dataset.turn; send('kd-pulse', 'watch', {}); }
    if (taken && !$('#kd-box textarea')?.value) {
      for (const key of [`kaedama-draft-${here()}`, 'kaedama-draft-new']) if (store.get(key) === taken) store.set(key, '');
      taken = '';
    }
  }
  const board = $('#kd-board [data-running]');
  if (board && board.dataset.number !== watchedBoard) { watchedBoard = board.dataset.number; send('kd-pulse', 'watch_board', {}); }
  if (wasRunning && !now) {
    announced('done');
    if (waits) { setWaits(false); setTimeout(() => $('#kd-send')?.click(), 100); }
  }
  wasRunning = now;
}

// The conversation scrolls by itself; in a low window the whole page does.
const LOW = matchMedia('(max-height: 560px)');
const scroller = () => (LOW.matches ? document.scrollingElement : $('#kd-talk'));
function toEnd() {
  const talk = scroller();
  if (talk && $('.kd-turn')) talk.scrollTop = talk.scrollHeight;
}
// The end stays in sight while the conversation, or the room that it has, changes its height; until the person looks at something else.
const heights = new ResizeObserver(() => { if (follow) toEnd(); });
const measured = new WeakSet();
function measure() {
  for (const part of $$('#kd-talk, #kd-turns, #kd-live, #kd-waiting')) {
    if (measured.has(part)) continue;
    measured.add(part);
    heights.observe(part);
  }
}

// The answer as it was written: formulas, lists and tables survive it.
function copyAnswer(button) { copyText(button.dataset.text); }
function copyText(text) {
  const done = () => announced('copied');
  if (navigator.clipboard && isSecureContext) { navigator.clipboard.writeText(text).then(done, () => {}); return; }
  const area = Object.assign(document.createElement('textarea'), { value: text, className: 'kd-sr' });
  document.body.append(area);
  area.select();
  if (document.execCommand('copy')) done();
  area.remove();
}
