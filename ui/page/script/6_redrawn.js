/* After the server has drawn a part anew. */
// Redrawing sets attributes as the server last knew them; what the reader has unfolded stays unfolded.
const unfolded = new WeakSet();
document.addEventListener('click', (event) => {
  const summary = event.target.closest('summary');
  if (!summary) return;
  const fold = summary.parentElement;
  if (fold.open) unfolded.delete(fold); else unfolded.add(fold);
}, true);

// A code block's button copies its code.
document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-copy]');
  if (button) navigator.clipboard?.writeText(button.parentElement.querySelector('code').textContent);
});

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

