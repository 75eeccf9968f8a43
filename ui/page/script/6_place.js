/* The address says which conversation or notebook is shown; Back, reload and a second tab follow from that. */
let going = false;  // whether another conversation was asked for and is not shown yet
let before = '';    // the drawing that was shown when it was asked for
let gone = '';      // the last data-at that was followed

const shownNotebook = () => $('[data-conversation]')?.dataset.notebook || '';
function go(address) {
  history.pushState({}, '', address || '?');
  arrive();
}
function arrive() {
  going = true;
  before = $('[data-drawn]')?.dataset.drawn || '';
  setWaits(false);
  pending = false;
  choosing.clear();
  follow = true;
  wasRunning = false;
  watched = '';
  const box = $('#kd-box textarea');
  if (box) fill(box, store.get(draftKey(box)));
  send('kd-pulse', 'open', {});
  // What was deleted can be had back in the library: a narrow window stays there.
  if (NARROW.matches && !$('#kd-said [data-do=restore], #kd-notices [data-do=restore]')) tab('chat');
}

function placeRedrawn() {
  const told = $('#kd-go [data-go]');
  if (told && told.dataset.at !== gone) { gone = told.dataset.at; go(told.dataset.go); return; }
  const shown = $('[data-conversation]');
  if (!shown) return;
  if (going) {
    if (shown.dataset.drawn === before) return;
    going = false;
    requestAnimationFrame(toEnd);
    return;
  }
  const id = shown.dataset.conversation;
  // What another tab opens must not change what this one shows, so the notebook stands in every address.
  if (!id && !location.search) history.replaceState({}, '', `?n=${shown.dataset.notebook}`);
  // A new conversation has begun, by asking.
  if (id && id !== here()) history.pushState({}, '', `?c=${id}`);
}

// What the server says of the conversation, against what is shown.
let pulseBefore = '';
function pulseRedrawn() {
  const text = $('#kd-pulse [data-pulse]')?.dataset.pulse || '';
  if (!text || text === pulseBefore) return;
  pulseBefore = text;
  const pulse = JSON.parse(text);
  const shown = $('[data-conversation]')?.dataset;
  if (!shown || going) return;
  // Another tab has deleted what is shown here, or has brought documents into an empty notebook.
  if (pulse.lost && pulse.lost === shown.conversation) { send('kd-pulse', 'open', {}); return; }
  const welcome = $('.kd-welcome');
  if (welcome && pulse.empty !== ('empty' in welcome.dataset)) { send('kd-pulse', 'open', {}); return; }
  if (pulse.conversation !== here() || pulse.conversation !== shown.conversation) return;
  const last = Number($('#kd-live [data-turn]')?.dataset.turn || 0);
  const unread = Number($('#kd-live [data-unread]')?.dataset.unread || 0);
  if (pulse.last !== last || (!pulse.running && running()) || (unread && !pulse.reading)) { send('kd-pulse', 'open', {}); return; }
  if (pulse.running && !running()) send('kd-pulse', 'open', {});
}

// Looks at what all pages of the library share; often while something is being worked on.
const LOOK_MS = 4000, LOOK_BUSY_MS = 800;
let due = 0;
function lookSoon(wait = 100) { clearTimeout(due); due = setTimeout(look, wait); }
function look() {
  if (!document.hidden) send('kd-pulse', 'look', {});
  lookSoon($('[data-working], .kd-pull') ? LOOK_BUSY_MS : LOOK_MS);
}
