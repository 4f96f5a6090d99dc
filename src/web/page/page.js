// SPDX-License-Identifier: GPL-2.0-or-later
// The page: asks its source, and hands what has come to its parts.

const PROCESSES_MS = 2000;
const DETAIL_MS = 5000;
const ADVICE_MS = 10000;
const BACK_OFF_MS = 30000;

const VALUES = [
  { key: 'alloc_bytes', title: 'allocated bytes/s', unit: (value) => format.rate(format.bytes, value) },
  { key: 'alloc_objects', title: 'allocated objects/s', unit: (value) => format.rate(format.count, value) },
  { key: 'live_bytes', title: 'live bytes', unit: (value) => format.bytes(value) },
  { key: 'live_objects', title: 'live objects', unit: (value) => format.count(value) },
];

class Page {
  constructor(source) {
    this.source = source;
    this.heaps = new Map();
    this.table = new ProcessTable(byId('table-scroll'), (id) => this.select(id, true));
    this.flameView = new FlameView(byId('flame'), (isZoomed) => { byId('reset').disabled = !isZoomed; });
    this.functionTable = new FunctionTable(byId('functions'));
    this.spanView = new SpanView(byId('spans'), () => this.draw());
    this.adviceView = new AdviceView(byId('advice-list'));
    this.collectorView = new CollectorView(byId('gc-body'));
    this.listen();
    theme.start(() => this.flameView.paint());
  }

  listen() {
    byId('value').append(...VALUES.map((value) => element('option', { value: value.key }, value.title)));
    for (const id of ['value', 'heap', 'as', 'time']) byId(id).addEventListener('change', () => this.draw());
    byId('search').addEventListener('input', () => this.draw());
    byId('search').addEventListener('keydown', (event) => this.searchKey(event));
    byId('reset').addEventListener('click', () => {
      this.flameView.zoomTo(0);
      this.flameView.scroll.focus();
    });
    byId('filter').addEventListener('input', (event) => {
      this.table.filter = event.target.value.trim().toLowerCase();
      this.showTable();
    });
    byId('unseen').addEventListener('change', (event) => {
      this.table.withUnseen = event.target.checked;
      this.showTable();
    });
    document.addEventListener('keydown', (event) => this.shortcut(event));
  }

  searchKey(event) {
    if (event.key === 'Enter') this.flameView.nextMatch(event.shiftKey ? -1 : 1);
    if (event.key !== 'Escape' || !byId('search').value) return;
    byId('search').value = '';
    this.draw();
  }

  shortcut(event) {
    const isTyping = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || byId('detail').hidden) return;
    byId('search').focus();
    event.preventDefault();
  }

  async start() {
    byId('processes').hidden = false;
    if (this.source.isLive) {
      this.pauseButton();
      this.every(PROCESSES_MS, () => this.refreshProcesses());
      this.every(ADVICE_MS, () => this.refreshAdvice());
      this.every(DETAIL_MS, () => this.refreshDetail());
      return;
    }
    await this.refreshAdvice();
    await this.refreshProcesses();
    const { processes } = this.source.data;
    setText(byId('state'), `A report of ${new Date(processes.at).toLocaleString()}, ` +
      `${format.seconds(processes.span_s)} long`);
  }

  pauseButton() {
    const button = byId('pause');
    button.hidden = false;
    button.addEventListener('click', () => {
      this.isPaused = !this.isPaused;
      button.setAttribute('aria-pressed', String(this.isPaused));
      this.say(this.isPaused ? 'paused' : 'live');
    });
  }

  // Again and again, never twice at once, and not while nobody looks.
  every(ms, ask) {
    const turn = async () => {
      let wait = ms;
      if (!this.isPaused && !document.hidden) {
        try {
          await ask();
        } catch (error) {
          wait = Math.max(ms, BACK_OFF_MS / 6);
          this.say(`no answer: ${error.message}`);
        }
      }
      setTimeout(turn, wait);
    };
    turn();
  }

  say(text) {
    setText(byId('state'), text);
  }

  async refreshProcesses() {
    const document = await this.source.processes();
    if (this.source.isLive) this.say(this.isPaused ? 'paused' : 'live');
    setText(byId('host'), document.host);
    this.host = document.host;
    this.processes = document.items;
    this.countAdvice();
    this.showTable();
    if (!this.selected) this.selectFirst();
    else this.showFacts();
  }

  countAdvice() {
    const counts = new Map();
    for (const item of (this.advice && this.advice.items) || []) {
      counts.set(item.process.id, (counts.get(item.process.id) || 0) + 1);
    }
    for (const process of this.processes || []) process.adviceCount = counts.get(process.id) || 0;
  }

  showTable() {
    this.table.update(this.processes);
    const { shown, all } = this.table.count;
    setText(byId('shown'), `${shown} of ${all}`);
  }

  // What the address asks for, else the one that allocates most.
  selectFirst() {
    const wanted = decodeURIComponent(location.hash.slice(1));
    const rate = (process) => figureOf(process.bytes_rate) || 0;
    const seen = this.processes.filter((process) => process.bytes_rate);
    const heaviest = seen.reduce((most, one) => (!most || rate(one) > rate(most) ? one : most), null);
    const asked = this.processes.find((process) => process.id === wanted);
    if (asked || heaviest) this.select((asked || heaviest).id, false);
  }

  async select(id, byHand) {
    if (id !== this.selected) {
      this.heaps = new Map();
      this.gone = false;
    }
    this.selected = id;
    this.process = this.processes.find((process) => process.id === id);
    this.table.select(id);
    byId('detail').hidden = byId('below').hidden = false;
    byId('gc').hidden = true;
    history.replaceState(null, '', `#${encodeURIComponent(id)}`);
    this.showFacts();
    this.adviceView.show(this.advice, this.process);
    if (byHand) byId('detail-title').focus({ preventScroll: false });
    try {
      await this.refreshDetail();
    } catch (error) {
      this.say(`no answer: ${error.message}`);
    }
  }

  showFacts() {
    const now = this.processes.find((process) => process.id === this.selected);
    if (now) this.process = now;
    const process = this.process;
    const isGone = this.source.isLive && !now;
    document.title = `${process.comm || '?'} (${process.pid}) - heapbeat ${this.host}`;
    setText(byId('detail-title'), `${process.comm || '?'} (${process.pid})${isGone ? ', ended' : ''}`);
    const facts = [
      [format.rate(format.bytes, figureOf(process.bytes_rate)), 'allocated'],
      [format.rate(format.count, figureOf(process.calls_rate)), 'objects'],
      [format.bytes(figureOf(process.live_bytes)), 'live'],
      [format.bytes(process.rss_bytes ?? NaN), 'RSS'],
      [process.allocator || process.runtime || '-', 'allocator'],
      [observedAs(process), 'observed'],
      [format.share(process.charged_ratio ?? NaN), 'cost'],
    ];
    if (process.hides) facts.push([process.hides, 'hidden from view']);
    if (process.refusal) facts.push([process.refusal, 'not observed']);
    byId('facts').replaceChildren(...facts.flatMap(([value, name]) =>
      [element('span', { className: 'fact' }, element('strong', null, value), ` ${name}`)]));
  }

  async refreshAdvice() {
    this.advice = await this.source.advice();
    if (!this.processes) return;
    this.countAdvice();
    this.showTable();
    if (this.process) this.adviceView.show(this.advice, this.process);
  }

  async refreshDetail() {
    const process = this.process;
    if (!process || this.gone) return;
    const documents = await this.source.stacks(process);
    if (process.id !== this.selected) return;
    if (!documents) this.gone = true;
    else this.takeStacks(documents);
    if (process.runtime === 'go' || process.go) await this.refreshCollector(process);
  }

  takeStacks(documents) {
    let isNew = this.heaps.size === 0;
    for (const document of documents) {
      const mine = document.items.filter((item) => item.process.id === this.selected);
      for (const item of mine) {
        if (!this.heaps.has(item.heap)) this.heaps.set(item.heap, new Moments());
        if (this.heaps.get(item.heap).add(item, timeOf(document))) isNew = true;
      }
    }
    if (isNew) this.draw();
  }

  async refreshCollector(process) {
    const document = await this.source.collector(process);
    if (process.id !== this.selected || !document) return;
    const item = document.items.find((one) => one.process.id === process.id);
    byId('gc').hidden = !item;
    if (item) this.collectorView.show(item, timeOf(document), this.heaps.get('go'));
  }

  // The heap that is shown: of two, the one chosen, else the busier one.
  chosenHeap() {
    const names = [...this.heaps.keys()];
    const choice = byId('heap');
    const shown = [...choice.options].map((option) => option.value);
    if (names.join() !== shown.join()) {
      const busiest = names.reduce((most, name) =>
        (!most || this.heaps.get(name).last.bytes > this.heaps.get(most).last.bytes ? name : most), '');
      choice.replaceChildren(...names.map((name) => element('option', { value: name }, name)));
      choice.value = busiest;
    }
    byId('heap-label').hidden = names.length < 2;
    return this.heaps.get(choice.value) || null;
  }

  draw() {
    const moments = this.chosenHeap();
    const mode = byId('time').value;
    byId('spans').hidden = mode === 'whole' || !moments;
    if (moments && mode !== 'whole') this.spanView.update(moments, mode);
    const data = this.dataOf(moments, mode);
    const isGraph = byId('as').value !== 'functions';
    byId('flame').hidden = !isGraph;
    byId('functions').hidden = isGraph;
    if (isGraph) this.flameView.show(data);
    else this.functionTable.show(data);
    this.showMatches(data);
  }

  // What is drawn, as flame_view and function_table take it.
  dataOf(moments, mode) {
    const value = VALUES.find((one) => one.key === byId('value').value);
    const data = { table: moments ? moments.table : new PathTable(), unit: value.unit, self: null,
      before: null, after: null, matches: flame.matcher(byId('search').value.trim()),
      why: this.whyEmpty(moments, value) };
    if (!moments) return data;
    const list = moments.list;
    const { a, b } = this.spanView.chosen;
    const isOne = mode === 'whole' || list.length < 2;
    data.self = isOne ? flame.selfValues(moments.table, value.key, null, moments.last)
      : spans.values(moments, value.key, b);
    if (!data.self) return data;
    if (mode === 'compare' && !isOne) data.selfBefore = spans.values(moments, value.key, a);
    if (byId('as').value === 'callers') Page.invert(data, moments);
    data.after = flame.totals(data.table, data.self);
    if (data.selfBefore) {
      data.before = flame.totals(data.table, data.selfBefore);
      this.flameView.setLegend(FlameView.changeWords(data, value.unit));
    }
    return data;
  }

  static invert(data, moments) {
    const selves = data.selfBefore ? [data.self, data.selfBefore] : [data.self];
    [data.self, data.selfBefore] = flame.invert(moments.table, moments.inverted, selves);
    data.table = moments.inverted;
    data.isInverted = true;
  }

  whyEmpty(moments, value) {
    if (this.process && this.process.refusal) return `Not observed: ${this.process.refusal}`;
    if (this.gone && !moments) return 'This process has ended, and nothing is known of it any more.';
    if (!moments) return 'No stacks have been seen yet.';
    if (!(moments.last.observed > 0)) {
      return 'It has not been looked at yet: it waits for its turn within the budget.';
    }
    if (!moments.last.columns[value.key]) {
      return 'What is live is not known: frees are not seen without a gap. ' +
        'heapbeat report --full sees every one.';
    }
    return 'Nothing was allocated in this time, or no call of it was sampled.';
  }

  showMatches(data) {
    const found = data.matches && data.after
      ? flame.search(data.table, data.before ? data.after.map((v, i) => v + data.before[i]) : data.after,
        data.matches) : null;
    setText(byId('matches'), found ? `${found.count} frames, ${format.share(found.share)}` : '');
  }
}

const page = new Page(openSource());
page.start();
