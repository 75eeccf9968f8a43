/* Begins when the document is there. */
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
