// In words that every browser understands: shows what to do when the page itself could not be read.
window.addEventListener('load', function () {
  if (document.getElementById('app').childNodes.length === 0) document.getElementById('older').hidden = false;
});
