/* After the server has drawn a part anew, and when the document is there. */
// Redrawing sets attributes as the server last knew them; what the person has unfolded or shut stays so.
const unfolded = new WeakMap();
document.addEventListener('click', (event) => {
  const summary = event.target.closest('summary');
  if (!summary) return;
  unfolded.set(summary.parentElement, !summary.parentElement.open);
  if (summary.closest('#kd-talk')) follow = false;
}, true);

// A code block's button copies its code.
document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-copy]');
  if (button) copyText($('code', button.parentElement).textContent);
});

// Redrawing puts new words into an element that is there, so a notice is known by its time; each goes when its own time is over.
const timers = new Set();
function fade() {
  keepNotices();
  $$('[data-until]').forEach(({ dataset: { at, until } }) => {
    if (timers.has(at)) return;
    timers.add(at);
    setTimeout(() => $$(`[data-until][data-at="${at}"]`).forEach((note) => note.remove()), 1000 * Number(until));
  });
}
// What can be undone stays beside what is said later, each for its own time, the latest first; other notices give way to the next.
function keepNotices() {
  const arrived = $$('#kd-said .kd-note');
  if (!arrived.length) return;
  let notices = $('#kd-notices');
  if (!notices) {
    notices = Object.assign(document.createElement('div'), { id: 'kd-notices' });
    $('#kd-said').before(notices);
    notices.addEventListener('click', (event) => {
      const button = event.target.closest('[data-do]');
      if (!button) return;
      send('kd-said', 'restore', { ...button.dataset });
      keepFocus(button);
      button.closest('.kd-note').remove();
    });
  }
  sayNoMore();
  notices.prepend(...arrived);
}
function sayNoMore() { $$('#kd-notices .kd-note:not(.kd-undo)').forEach((note) => note.remove()); }

function redrawn() {
  $$('details').forEach((fold) => { if (unfolded.has(fold) && fold.open !== unfolded.get(fold)) fold.open = unfolded.get(fold); });
  if (wanted && turnTo(wanted)) wanted = '';
  const chosen = document.body.dataset.view || 'ask';
  if (!$(`.kd-views [data-view="${chosen}"][aria-current]`) || !$('#kd-columns')?.dataset.view) view(chosen);  // the header was drawn anew
  const shown = $('#kd-columns')?.dataset.tab || 'chat';
  if (!$(`.kd-tabs [data-tab="${shown}"][aria-current=true]`)) tab(shown);
  const language = $('[data-page-language]')?.dataset.pageLanguage;
  if (language && root.lang !== language) root.lang = language;
  $$('.kd-box textarea').forEach((box) => {
    if (box.getAttribute('aria-label') !== box.placeholder) box.setAttribute('aria-label', box.placeholder);
  });
  placeRedrawn();
  placeShown();
  pulseRedrawn();
  talkRedrawn();
  measure();
  refocus();
  reportRedrawn();
  filterDocuments();
  addressRead();
  landmarks();
  fade();
}

function escaped(event) {
  if (event.key !== 'Escape') return;
  // A dialog closes by itself; what asks inside of it goes first.
  const dialog = $('dialog[open]');
  if (dialog) {
    const asks = $('.kd-confirm:not([hidden])', dialog);
    if (asks) { event.preventDefault(); shut(asks); }
    return;
  }
  const open = $$('.kd-confirm:not([hidden]), .kd-edit:not([hidden]), .kd-conversation .kd-form:not([hidden])').pop();
  if (open) { shut(open); return; }
  const menu = $$('details.kd-notebooks[open], details.kd-bulk[open], details.kd-choice[open], details.kd-model[open]').pop();
  if (menu) { menu.open = false; unfolded.set(menu, false); $('summary', menu)?.focus(); return; }
  const columns = $('#kd-columns');
  if (columns?.dataset.tab === 'evidence' && NARROW.matches) {
    const chip = chipBefore;
    tab('chat');
    chip?.focus();
    return;
  }
  if ($('#kd-stop')?.checkVisibility()) $('#kd-stop').click();
}

function start() {
  keepTheme();
  let planned = false, given = false;
  new MutationObserver(() => {
    if (planned) return;
    planned = true;
    requestAnimationFrame(() => {
      planned = false;
      redrawn();
      if (!given && $('#kd-box textarea') && $('[data-conversation]')) { given = true; giveDraft(); lookSoon(1500); }
    });
  }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['open', 'placeholder', 'data-running', 'data-at', 'data-pulse', 'data-drawn'] });
  document.addEventListener('scroll', (event) => {
    const talk = scroller();
    if (talk && (event.target === talk || event.target === document)) follow = talk.scrollHeight - talk.scrollTop - talk.clientHeight < 80;
  }, true);
  document.addEventListener('keydown', escaped, true);
  document.addEventListener('keydown', asked, true);
  document.addEventListener('keypress', asked, true);
  document.addEventListener('click', pressed, true);
  document.addEventListener('input', keepDraft, true);
  window.addEventListener('popstate', arrive);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) lookSoon(); });
  // The server was gone and is back: show what it has kept; nothing is loaded again.
  window.addEventListener('kaedama:back', (event) => { event.preventDefault(); pulseBefore = ''; arrive(); lookSoon(); });
  for (const kind of ['dragover', 'dragleave', 'drop']) {
    document.addEventListener(kind, (event) => {
      if (![...(event.dataTransfer?.types || [])].includes('Files')) return;
      event.preventDefault();
      $('.kd-drop')?.classList.toggle('kd-over', kind === 'dragover');
      if (kind === 'drop') upload([...event.dataTransfer.files]);
    });
  }
}
// Gradio may put this script in after the document is complete.
if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start); else start();
