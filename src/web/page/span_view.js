// SPDX-License-Identifier: GPL-2.0-or-later
// Which moments the picture is of: a line of the allocation rate with one or two spans marked in it,
// and sliders to move their ends.

const LINE_WIDTH = 1000;
const LINE_HEIGHT = 64;

class SpanView {
  constructor(place, changed) {
    this.changed = changed;
    this.chosen = { a: [0, 0], b: [0, 0] };
    this.follows = true; // the last end goes with the last moment
    this.line = drawing('svg', { viewBox: `0 0 ${LINE_WIDTH} ${LINE_HEIGHT}`,
      preserveAspectRatio: 'none', class: 'line-chart', role: 'img' });
    this.words = element('p', { className: 'dim' });
    this.sliders = { a: this.pair('a', 'A'), b: this.pair('b', 'B') };
    this.swap = element('button', { type: 'button' }, 'Swap A and B');
    this.swap.addEventListener('click', () => {
      this.chosen = { a: this.chosen.b, b: this.chosen.a };
      this.follows = false;
      this.draw();
      this.changed();
    });
    place.append(this.line, this.sliders.a.group, this.sliders.b.group, this.swap, this.words);
  }

  pair(span, letter) {
    const slider = (end, name) => {
      const input = element('input', { type: 'range', min: 0, step: 1,
        'aria-label': `${name} of span ${letter}` });
      input.addEventListener('input', () => this.slide(span, end, Number(input.value)));
      return input;
    };
    const from = slider(0, 'Beginning');
    const to = slider(1, 'End');
    const text = element('span', { className: 'dim times' });
    const legend = element('legend', null, `Span ${letter}`);
    const group = element('fieldset', { className: `span-${span}` }, legend, from, to, text);
    return { group, from, to, text };
  }

  slide(span, end, value) {
    const ends = [...this.chosen[span]];
    ends[end] = value;
    // the end that is held pushes the other one
    if (ends[0] >= ends[1]) ends[1 - end] = end === 0 ? value + 1 : value - 1;
    this.chosen[span] = spans.fit(ends, this.moments.list.length);
    this.follows = this.chosen.b[1] === this.moments.list.length - 1;
    this.draw();
    this.changed();
  }

  // @moments may have grown or thinned since the last time: spans are kept by their times.
  update(moments, mode) {
    const times = (span) => span.map((at) => this.times && this.times[at]);
    const kept = { a: times(this.chosen.a), b: times(this.chosen.b) };
    const isOther = this.moments !== moments || !this.times || this.times.length < 3;
    this.moments = moments;
    this.mode = mode;
    const list = moments.list;
    if (isOther) {
      this.chosen = spans.first(list.length);
      this.follows = true;
    } else {
      for (const span of ['a', 'b']) {
        const ends = kept[span].map((at) => this.nearest(at));
        if (span === 'b' && this.follows) ends[1] = list.length - 1;
        this.chosen[span] = spans.fit(ends, list.length);
      }
    }
    this.times = list.map((moment) => moment.at);
    this.draw();
  }

  nearest(at) {
    const { list } = this.moments;
    let best = 0;
    list.forEach((moment, i) => {
      if (Math.abs(moment.at - at) < Math.abs(list[best].at - at)) best = i;
    });
    return best;
  }

  x(at) {
    const { list } = this.moments;
    const [first, last] = [list[0].at, list[list.length - 1].at];
    return last > first ? ((at - first) / (last - first)) * LINE_WIDTH : 0;
  }

  draw() {
    const { list } = this.moments;
    const isCompare = this.mode === 'compare';
    this.sliders.a.group.hidden = this.swap.hidden = !isCompare;
    const isShort = list.length < 2;
    this.line.toggleAttribute('hidden', isShort);
    for (const span of ['a', 'b']) {
      const { from, to, text, group } = this.sliders[span];
      if (isShort) group.hidden = true;
      else if (span === 'b') group.hidden = false;
      from.max = to.max = Math.max(1, list.length - 1);
      [from.value, to.value] = this.chosen[span];
      if (isShort) continue;
      const [x, y] = this.chosen[span].map((at) => list[at].at);
      setText(text, `${format.clock(x)} to ${format.clock(y)}, ${format.seconds(y - x)}`);
      from.setAttribute('aria-valuetext', format.clock(x));
      to.setAttribute('aria-valuetext', format.clock(y));
    }
    setText(this.sliders.b.group.firstChild, isCompare ? 'Span B' : 'Span');
    setText(this.words, isShort
      ? 'There is only one moment so far. Spans lie between two: wait for the next one.'
      : `${list.length} moments from ${format.clock(list[0].at)} to ` +
        `${format.clock(list[list.length - 1].at)}. Of live bytes a span shows its end.`);
    if (!isShort) this.drawLine(isCompare);
  }

  drawLine(isCompare) {
    const rates = this.moments.rates();
    const most = Math.max(1e-9, ...rates.map((rate) => rate.value));
    const y = (value) => LINE_HEIGHT - 2 - (value / most) * (LINE_HEIGHT - 8);
    const band = (span) => {
      const [from, to] = this.chosen[span].map((at) => this.x(this.moments.list[at].at));
      return drawing('rect', { x: from, y: 0, width: Math.max(2, to - from), height: LINE_HEIGHT,
        class: `band-${span}` });
    };
    const points = rates.flatMap((rate) =>
      [`${this.x(rate.from)},${y(rate.value)}`, `${this.x(rate.to)},${y(rate.value)}`]);
    const bands = isCompare ? [band('a'), band('b')] : [band('b')];
    this.line.replaceChildren(...bands,
      drawing('polyline', { points: points.join(' '), class: 'rate' }));
    this.line.setAttribute('aria-label',
      `Allocation rate over time, at most ${format.bytes(most)}/s`);
  }
}
