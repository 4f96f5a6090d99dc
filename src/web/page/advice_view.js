// SPDX-License-Identifier: GPL-2.0-or-later
// Recommendations of one process, the gravest first.

const SECTIONS = [
  ['why', 'Why'], ['saves', 'Saves'], ['costs', 'Costs'], ['wrong_if', 'Wrong if'],
  ['verify', 'Verify'],
];
const GRAVITY = { high: 0, medium: 1, low: 2 };

class AdviceView {
  constructor(place) {
    this.place = place;
  }

  show(document, process) {
    const isOf = (one) => one.process.id === process.id;
    const items = document ? document.items.filter(isOf) : [];
    const notes = document ? document.notes.filter(isOf) : [];
    const key = JSON.stringify([process.id, items.map((item) => item.text), notes.length]);
    if (key === this.key) return;
    this.key = key;
    items.sort((a, b) => (GRAVITY[a.severity] ?? 3) - (GRAVITY[b.severity] ?? 3));
    const open = new Set([...this.place.querySelectorAll('details[open]')]
      .map((details) => details.dataset.key));
    this.place.replaceChildren(
      ...items.map((item) => this.card(item, open)),
      items.length ? '' : element('p', { className: 'none' }, 'Nothing to change that the rules know of.'),
      ...this.noteList(notes, open));
  }

  card(item, open) {
    const site = item.site;
    const place = site && (site.file ? `${site.function} (${site.file}${site.line ? `:${site.line}` : ''})`
      : site.function);
    const lines = SECTIONS.filter(([key]) => item.text[key]).flatMap(([key, title]) =>
      [element('dt', null, title), element('dd', null, item.text[key])]);
    const more = element('details', null, element('summary', null, `More on ${item.rule}`),
      element('dl', null, ...lines));
    more.dataset.key = item.id;
    more.open = open.has(item.id);
    return element('article', { className: 'card' },
      element('h3', null,
        element('span', { className: `badge ${item.severity}` }, item.severity), ` ${item.title} `,
        element('code', { className: 'dim' }, item.id)),
      place ? element('p', { className: 'dim site' }, place) : null,
      element('p', null, item.text.what),
      item.text.do ? element('p', null, element('strong', null, 'Do: '), item.text.do) : null,
      item.text.sketch ? element('pre', { tabIndex: 0, 'aria-label': `Sketch of ${item.id}`, role: 'region' },
        item.text.sketch) : null,
      more);
  }

  noteList(notes, open) {
    if (!notes.length) return [];
    const list = element('ul', null, ...notes.map((note) =>
      element('li', null, element('code', null, note.rule), `: ${note.not_enough_data}`)));
    const details = element('details', { className: 'notes' },
      element('summary', null, `${notes.length} ${notes.length === 1 ? 'rule lacks' : 'rules lack'} evidence`),
      list);
    details.dataset.key = 'notes';
    details.open = open.has('notes');
    return [details];
  }
}
