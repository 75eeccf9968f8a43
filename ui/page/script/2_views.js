/* Light and dark, the three parts of a narrow window, the views. */
function theme(dark) { document.body.classList.toggle('dark', dark); root.style.colorScheme = dark ? 'dark' : 'light'; }

function tab(name) {
  document.querySelector('#kd-columns')?.setAttribute('data-tab', name);
  document.querySelectorAll('.kd-tabs [data-tab]').forEach((button) => {
    if (button.dataset.tab === name) button.setAttribute('aria-current', 'true'); else button.removeAttribute('aria-current');
  });
}

function view(name) {
  document.querySelector('#kd-columns')?.setAttribute('data-view', name);
  document.body.dataset.view = name;
  document.querySelectorAll('.kd-views [data-view]').forEach((button) => {
    if (button.dataset.view === name) button.setAttribute('aria-current', 'page'); else button.removeAttribute('aria-current');
  });
  tab('chat');
  const box = document.querySelector(name === 'compare' ? '#kd-versus-box textarea' : '#kd-box textarea');
  if (box && name !== 'models' && matchMedia('(min-width: 960px)').matches) box.focus();
}

