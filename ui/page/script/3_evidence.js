/* From a citation to its card. */
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

