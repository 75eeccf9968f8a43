/* Presses of elements with data-do: done here, or handed to Python. */
const local = {
  theme: () => { const dark = !document.body.classList.contains('dark'); theme(dark); store.set('kaedama-theme', dark ? 'dark' : 'light'); },
  tab: (button) => tab(button.dataset.tab),
  choose: () => {
    const chooser = Object.assign(document.createElement('input'), { type: 'file', multiple: true });
    chooser.onchange = () => upload([...chooser.files]);
    chooser.click();
  },
  'ask-delete': (button) => {
    const box = button.parentElement.querySelector('.kd-confirm');
    box.hidden = false;
    box.querySelector('[data-do=keep]').focus();
  },
  keep: (button) => {
    button.closest('.kd-confirm').hidden = true;
    button.closest('li').querySelector('.kd-delete').focus();
  },
};

function act(element, trigger) {
  const name = element.dataset.do;
  if (local[name]) return local[name](element);
  if (name === 'cite') {
    const key = `${element.dataset.turn}-${element.dataset.n}`;
    if (!turnTo(key)) { wanted = key; trigger('kd_show', { turn: element.dataset.turn }); }
    return;
  }
  if (name === 'view') view(element.dataset.view);
  if (name === 'language') store.set('kaedama-language', element.dataset.language);
  if (name === 'example' || name === 'retry') follow = true;
  if (name === 'delete') element.closest('.kd-confirm').hidden = true;
  trigger('kd_' + name.replaceAll('-', '_'), { ...element.dataset, value: element.value || '', checked: !!element.checked });
}

window.kaedama = {
  save(name, text) {
    const link = Object.assign(document.createElement('a'), { download: name, href: URL.createObjectURL(new Blob([text], { type: 'application/x-ndjson' })) });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  },
  wire(element, trigger) {
    if (element.closest('#kd-dropzone')) sendTooLarge = (data) => trigger('kd_toolarge', data);
    const input = (target) => target.matches('input, select');
    element.addEventListener('click', (event) => {
      const target = event.target.closest('[data-do]');
      if (target && !input(target)) act(target, trigger);
    });
    element.addEventListener('change', (event) => {
      const target = event.target.closest('[data-do]');
      if (target && input(target)) act(target, trigger);
    });
  },
};

