// In words that every browser understands: what to do when the page itself could not be read.
window.addEventListener('load', function () {
  if (document.getElementById('app').childNodes.length > 0) return;
  var note = document.getElementById('older');
  note.hidden = false;
  note.textContent = 'This browser cannot show this page. It needs Safari 14, Chrome 87, Firefox 83 or newer: update the browser, or use another device.';
});
