/* Light and dark, the parts of a narrow window, the views. */
let wantsDark = false;
function theme(dark) { wantsDark = dark; document.body.classList.toggle('dark', dark); root.style.colorScheme = dark ? 'dark' : 'light'; }
/* Gradio sets the class by the system's scheme when it starts and when that changes: the page's own choice stands against both. */
function keepTheme() {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const kept = store.get('kaedama-theme');
  theme(kept ? kept === 'dark' : system.matches);
  system.addEventListener('change', () => { if (!store.get('kaedama-theme')) theme(system.matches); });
  new MutationObserver(() => { if (document.body.classList.contains('dark') !== wantsDark) theme(wantsDark); })
    .observe(document.body, { attributes: true, attributeFilter: ['class'] });
}

function tab(name) {
  const columns = $('#kd-columns');
  if (!columns) return;
  columns.dataset.tab = name;
  $$('.kd-tabs [data-tab]').forEach((button) => button.setAttribute('aria-current', String(button.dataset.tab === name)));
}

function view(name) {
  const columns = $('#kd-columns');
  if (!columns) return;
  columns.dataset.view = name;
  document.body.dataset.view = name;
  $$('.kd-views [data-view]').forEach((button) => {
    if (button.dataset.view === name) button.setAttribute('aria-current', 'page'); else button.removeAttribute('aria-current');
  });
  tab('chat');
}

// Parts of the page by their names, for people who do not see them; Gradio's own <main> is around them.
function landmarks() {
  const names = { 'kd-left': 'library', 'kd-middle': 'chat', 'kd-right': 'evidence' };
  for (const [id, name] of Object.entries(names)) {
    const part = document.getElementById(id);
    const label = $(`.kd-tabs [data-tab=${name}]`)?.textContent;
    if (!part || !label) continue;
    if (part.getAttribute('role') !== 'region') part.setAttribute('role', 'region');
    if (part.getAttribute('aria-label') !== label) part.setAttribute('aria-label', label);
    if (part.getAttribute('tabindex') !== '-1') part.setAttribute('tabindex', '-1');
  }
}

// The evidence of a phone is a sheet: it goes with a swipe down, and with a touch beside it.
let swipe = null;
document.addEventListener('touchstart', (event) => {
  const sheet = event.target.closest?.('#kd-right');
  swipe = sheet && NARROW.matches && sheet.scrollTop <= 0 ? event.touches[0].clientY : null;
  if (!sheet && NARROW.matches && $('#kd-columns')?.dataset.tab === 'evidence' && !event.target.closest?.('.kd-tabs, .kd-cite')) tab('chat');
}, { passive: true });
document.addEventListener('touchend', (event) => {
  if (swipe !== null && event.changedTouches[0].clientY - swipe > 60) tab('chat');
  swipe = null;
}, { passive: true });
