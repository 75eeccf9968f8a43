/* From a citation to its card and back. */
let wanted = '';        // the card that a citation waits for
let chipBefore = null;  // the citation that was followed last

function turnTo(key) {
  const shown = $('#kd-columns')?.dataset.view === 'compare' ? '#kd-versus-evidence' : '#kd-evidence';
  const card = $(`${shown} [data-card="${CSS.escape(key)}"]`);
  if (!card) return false;
  for (let fold = card.closest('details'); fold; fold = fold.parentElement.closest('details')) fold.open = true;
  $$('.kd-lit').forEach((one) => one.classList.remove('kd-lit'));
  card.classList.add('kd-lit');
  // The place opens over the page; a document that is gone has none, and its card is what there is.
  const place = card.dataset.quotes;
  if (!place) tab('evidence');
  if (!place || !NARROW.matches) card.scrollIntoView({ block: 'start', behavior: calm() });
  if (place) openPlace(card, chipBefore); else card.focus({ preventScroll: true });
  return true;
}

function cite(button, trigger) {
  chipBefore = button;
  const key = `${button.dataset.turn}-${button.dataset.n}`;
  if (turnTo(key)) return;
  wanted = key;
  trigger('kd_show', { turn: button.dataset.turn });
}

function backToMark(button) {
  const { turn, n } = button.dataset;
  const chips = $$(`[data-do=cite][data-turn="${CSS.escape(turn)}"][data-n="${CSS.escape(n)}"]`);
  const chip = chips.includes(chipBefore) ? chipBefore : chips[0];
  tab('chat');
  if (!chip) return;
  chip.scrollIntoView({ block: 'center', behavior: calm() });
  chip.focus({ preventScroll: true });
}

// The tip opens where there is room: above its chip near the lower edge, and never past the sides.
document.addEventListener('pointerover', (event) => place(event.target.closest?.('.kd-cite, .kd-differs')), true);
document.addEventListener('focusin', (event) => place(event.target.closest?.('.kd-cite, .kd-differs')), true);
function place(chip) {
  const tip = chip && $('.kd-tip', chip);
  const frame = chip?.closest('#kd-talk, #kd-boards, #kd-right');
  if (!tip || !frame) return;
  const at = chip.getBoundingClientRect(), area = frame.getBoundingClientRect();
  const room = { above: at.top - area.top, below: area.bottom - at.bottom };
  const width = Math.min(420, area.width - 24);
  tip.style.maxWidth = `${width}px`;
  tip.style.width = 'max-content';
  const wide = Math.min(tip.offsetWidth || width, width);
  const left = Math.min(Math.max(at.left - 16, area.left + 12), area.right - wide - 12);
  tip.style.left = `${left - at.left}px`;
  const up = room.below < 160 && room.above > room.below;
  tip.style.top = up ? 'auto' : 'calc(100% + 6px)';
  tip.style.bottom = up ? 'calc(100% + 6px)' : 'auto';
}
