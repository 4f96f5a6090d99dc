// SPDX-License-Identifier: GPL-2.0-or-later
// Each type of panel by Grafana's own component.
import { FieldType, renderTextPanelMarkdown } from '@grafana/data';
import { BarGauge, BigValue, Table, TimeSeries, VizRepeater } from '@grafana/ui';
import { fieldOf, seriesFrames, tableFrame } from './frames.js';

const lastOf = (one) => Number(one.points.at(-1)[1]);

function Lines({ panel, series, theme, range, width, height }) {
  const frames = seriesFrames(panel, series, theme);
  return (
    <TimeSeries frames={frames} timeRange={range} timeZone="utc" width={width} height={height}
      legend={panel.options.legend} options={panel.options} structureRev={1}>
      {() => null}
    </TimeSeries>
  );
}

function Stat({ panel, series, theme, width, height }) {
  const [one] = series;
  const [frame] = seriesFrames(panel, [one], theme);
  const field = frame.fields[1];
  const value = field.display(lastOf(one));
  const isGraph = panel.options.graphMode !== 'none';
  const [min, max] = [Math.min(...field.values), Math.max(...field.values)];
  const state = { ...field.state, range: { min, max, delta: max - min } };
  const sparkline = isGraph ? { y: { ...field, state }, x: frame.fields[0] } : undefined;
  return (
    <BigValue value={{ ...value, title: '' }} width={width} height={height} theme={theme}
      colorMode={panel.options.colorMode} graphMode={panel.options.graphMode}
      justifyMode={panel.options.justifyMode} textMode={panel.options.textMode}
      sparkline={sparkline} text={panel.options.text} />
  );
}

function Bars({ panel, series, theme, width, height }) {
  const values = series.map((one) => {
    const field = fieldOf(panel, theme, one.name, FieldType.number, [lastOf(one)]);
    return { display: { ...field.display(lastOf(one)), title: field.config.displayName }, field };
  });
  const top = Math.max(...series.map(lastOf), 0) || 1;
  return (
    <VizRepeater source={series} width={width} height={height} orientation="horizontal"
      autoGrid={false} itemSpacing={6} minVizHeight={panel.options.minVizHeight}
      maxVizHeight={panel.options.maxVizHeight} renderCounter={0}
      getValues={() => values}
      getAlignmentFactors={(all) => ({
        title: all.map((v) => v.display.title).sort((a, b) => b.length - a.length)[0],
        text: all.map((v) => v.display.text).sort((a, b) => b.length - a.length)[0],
      })}
      renderValue={({ value, width: w, height: h, alignmentFactors }) => (
        <BarGauge value={value.display} width={w} height={h} theme={theme}
          field={{ ...value.field.config, min: 0, max: top }} display={value.field.display}
          orientation="horizontal" displayMode={panel.options.displayMode} itemSpacing={8}
          showUnfilled={panel.options.showUnfilled} alignmentFactors={alignmentFactors}
          valueDisplayMode={panel.options.valueMode} text={panel.options.text} />
      )} />
  );
}

function Rows({ panel, series, theme, width, height }) {
  return (
    <Table data={tableFrame(panel, series, theme)} width={width} height={height} columnMinWidth={80}
      cellHeight={panel.options.cellHeight} initialSortBy={panel.options.sortBy} />
  );
}

function Markdown({ panel }) {
  const html = renderTextPanelMarkdown(panel.options.content);
  return <div className="markdown-html" dangerouslySetInnerHTML={{ __html: html }} />;
}

const KINDS = { timeseries: Lines, stat: Stat, bargauge: Bars, table: Rows, text: Markdown };

export function Body(props) {
  const Kind = KINDS[props.panel.type];
  if (props.panel.type !== 'text' && !props.series.length) return <div>No data</div>;
  return <Kind {...props} />;
}
