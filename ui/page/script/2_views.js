/* Light and dark, the parts of a narrow window, the views. */
function theme(dark) { document.body.classList.toggle('dark', dark); root.style.colorScheme = dark ? 'dark' : 'light'; }

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

// Parts of the page by what they are, for people who do not see them.
function landmarks() {
  const roles = { 'kd-left': ['complementary', 'documents'], 'kd-middle': ['main', ''], 'kd-right': ['complementary', 'evidence'] };
  for (const [id, [role]] of Object.entries(roles)) {
    const part = document.getElementById(id);
    if (!part) continue;
    if (part.getAttribute('role') !== role) part.setAttribute('role', role);
    if (part.tabIndex !== -1) part.tabIndex = -1;
    const heading = $('h2', part)?.textContent.trim();
    if (role === 'complementary' && heading && part.getAttribute('aria-label') !== heading) part.setAttribute('aria-label', heading);
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
