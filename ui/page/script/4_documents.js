/* Files on their way to the server. */
function upload(files) {
  const field = document.querySelector('#kd-upload input[type=file]');
  const drop = document.querySelector('.kd-drop');
  if (!files.length) return;
  if (!field || !drop) { setTimeout(() => upload(files), 100); return; }  // the page is still being built
  const limit = Number(drop.dataset.limit);
  const large = files.filter((file) => file.size > limit).map((file) => ({ name: file.name, size: file.size }));
  if (large.length) sendTooLarge({ files: large });
  const fine = new DataTransfer();
  files.filter((file) => file.size <= limit).forEach((file) => fine.items.add(file));
  if (!fine.files.length) return;
  field.files = fine.files;
  field.dispatchEvent(new Event('change', { bubbles: true }));
  const words = drop.querySelector('span');
  const before = words.textContent;
  words.textContent = drop.dataset.sending;
  drop.classList.add('kd-busy');
  const jobs = document.querySelector('#kd-jobs');
  const seen = new MutationObserver(() => { seen.disconnect(); words.textContent = before; drop.classList.remove('kd-busy'); });
  seen.observe(jobs, { childList: true, subtree: true, characterData: true });
}
let sendTooLarge = () => {};

