// SPDX-License-Identifier: GPL-2.0-or-later
// Where documents come from: the server that the page is from, or the page itself where it is a report
// in one file. Both answer with the same documents.

class ServerSource {
  constructor() {
    this.isLive = true;
  }

  // Null for a target that is gone; an error says what went wrong otherwise.
  async ask(path) {
    const answer = await fetch(path, { headers: { Accept: 'application/json' } });
    if (answer.status === 404) return null;
    if (!answer.ok) throw new Error(`${answer.status} ${(await answer.text()).trim()}`);
    return answer.json();
  }

  processes() {
    return this.ask('api/v1/processes');
  }

  async stacks(process) {
    const document = await this.ask(`api/v1/stacks?target=${encodeURIComponent(process.id)}`);
    return document ? [document] : null;
  }

  collector(process) {
    return this.ask(`api/v1/gc?target=${encodeURIComponent(process.id)}`);
  }

  advice() {
    return this.ask('api/v1/recommendations');
  }
}

class ReportSource {
  constructor(data) {
    this.isLive = false;
    this.data = data;
  }

  async processes() {
    return this.data.processes;
  }

  async stacks() {
    return this.data.moments;
  }

  async collector() {
    return this.data.gc;
  }

  async advice() {
    return this.data.recommendations;
  }
}

function openSource() {
  const data = byId('report-data');
  return data ? new ReportSource(JSON.parse(data.textContent)) : new ServerSource();
}

const timeOf = (document) => Date.parse(document.at) / 1000;
