// Searches and sorts the table of all devices. Without it the table is the same,
// in full. Rows are hidden by an attribute and moved as they are; the browser lays
// out only the pieces of the table that are in view.
(function () {
  'use strict';
  var all = document.getElementById('all'), form = document.getElementById('filter');
  if (!all || !form) { return; }
  var chunks = Array.prototype.slice.call(all.children);
  var bodies = chunks.map(function (c) { return c.querySelector('tbody'); });
  var rows = Array.prototype.slice.call(all.querySelectorAll('tbody > tr'));
  var size = bodies[0].rows.length, order = rows, timer = 0, texts = null, sorted = '';
  var field = function (id) { return document.getElementById(id); };
  var value = function (id) { var e = field(id); return e ? e.value : ''; };
  var rank = { 'breaks': 0, 'already-broken': 1, 'unknown': 2, 'works': 3, 'no-change': 4, 'not-applicable': 5 };
  var compare = {
    o: function (a, b) { return a.dataset.o - b.dataset.o; },
    c: function (a, b) { return rank[a.dataset.c] - rank[b.dataset.c] || a.dataset.o - b.dataset.o; },
    v: function (a, b) { return rank[a.dataset.v] - rank[b.dataset.v] || a.dataset.o - b.dataset.o; }
  };
  function byText(key) {
    var collator = new Intl.Collator(undefined, { numeric: true });
    var keys = new Map(rows.map(function (r) { return [r, r.dataset[key] || '']; }));
    return function (a, b) {
      var x = keys.get(a), y = keys.get(b);
      if (!x !== !y) { return x ? -1 : 1; }
      return collator.compare(x, y) || a.dataset.o - b.dataset.o;
    };
  }
  function text(row) {
    if (!texts) { texts = new Map(); }
    var t = texts.get(row);
    if (t === undefined) { t = row.textContent.toLowerCase(); texts.set(row, t); }
    return t;
  }
  function sort() {
    var key = value('f-order');
    if (key === sorted) { return; }
    sorted = key;
    order = key ? rows.slice().sort(compare[key] || byText(key)) : rows;
    for (var i = 0; i < bodies.length; i++) {
      bodies[i].replaceChildren.apply(bodies[i], order.slice(i * size, (i + 1) * size));
    }
  }
  function apply() {
    sort();
    var words = value('f-text').toLowerCase().split(/\s+/).filter(Boolean);
    var want = { c: value('f-client'), v: value('f-server'), s: value('f-site'), k: value('f-kind') };
    var keys = Object.keys(want).filter(function (k) { return want[k]; });
    var plain = !words.length && !keys.length && !sorted;
    var shown = 0, first = true;
    chunks.forEach(function (chunk, i) {
      var here = 0, list = bodies[i].rows;
      for (var j = 0; j < list.length; j++) {
        var row = list[j];
        var fits = keys.every(function (k) { return row.dataset[k] === want[k]; }) &&
          words.every(function (w) { return text(row).indexOf(w) >= 0; });
        if (row.hidden === fits) { row.hidden = !fits; }
        if (fits) { here++; }
      }
      chunk.hidden = here === 0;
      chunk.style.containIntrinsicBlockSize = 'auto ' + (4.2 * here) + 'rem';
      chunk.classList.toggle('plain', !plain && !first && here > 0);
      if (here) { first = false; }
      if (plain) {
        chunk.firstElementChild.setAttribute('aria-label', 'Devices ' + (i * size + 1) + ' to ' + (i * size + here));
      } else {
        chunk.firstElementChild.removeAttribute('aria-label');
      }
      shown += here;
    });
    field('f-count').textContent = shown.toLocaleString('en') + ' of ' + rows.length.toLocaleString('en') + ' devices';
  }
  function later(wait) { clearTimeout(timer); timer = setTimeout(apply, wait); }
  form.addEventListener('input', function (e) { later(e.target.type === 'search' ? 150 : 0); });
  form.addEventListener('reset', function () { later(0); });
  form.addEventListener('submit', function (e) { e.preventDefault(); clearTimeout(timer); apply(); });
  document.addEventListener('click', function (e) {
    var a = e.target.closest ? e.target.closest('a.find') : null;
    if (!a) { return; }
    form.reset();
    field('f-text').value = a.dataset.find;
    clearTimeout(timer);
    apply();
  });
  field('f-count').textContent = rows.length.toLocaleString('en') + ' devices';
  form.hidden = false;
}());
