/** One run: where it stands, what it learns, what it made, what it cost. */
import { html, useEffect, useRef, useState } from '../core/lib.js';
import { api, query, useApi } from '../core/api.js';
import { navigate } from '../core/router.js';
import { may, toast } from '../core/store.js';
import { useRun } from '../core/live.js';
import { Curves } from '../core/curves.js';
import { Diff, Evaluation } from '../core/report.js';
import { Rail, reused } from '../core/rail.js';
import { Ask, Bar, Digest, Empty, Facts, Load, Out, Page, Refusal, Section, State, Table, Time, Took, useNow } from '../core/ui.js';
import { bytes, capital, count, duration, energy, figure, percent, setting, timeFull, timeOfDay, words } from '../core/format.js';

export default function Run({ id, params }) {
  const run = useRun(id);
  const tab = params.get('tab') ?? 'curves';
  const [stage, setStage] = useState('');
  const [ask, setAsk] = useState(null);
  const path = `/runs/${encodeURIComponent(id)}`;
  const view = run.view;
  const effort = useApi(view ? `${path}/effort` : null, { every: view && !view.ended ? 15_000 : 0 });
  if (!view) return html`<${Page} title=${id}>${run.error ? html`<${Refusal} error=${run.error} again=${run.reload} />` : html`<${Load} of=${{ loading: true }} lines=${6} />`}</${Page}>`;
  const open = !view.ended;
  const act = (verb) => async (reason) => {
    await api.post(`${path}:${verb}`, { reason });
    toast(`${id}: ${verb} asked for.`);
    run.reload();
  };
  const paused = view.state === 'PAUSED';
  return html`<${Page}
    wide
    title=${id}
    lead=${html`<${State} of=${view.state} /> <span>${view.recipe} → <a href=${`/models/${encodeURIComponent(view.modelLine)}`}>${view.modelLine}</a></span>`}
    actions=${html`
      ${open && html`<span class=${`live ${run.connection}`}><i></i>${run.connection === 'open' ? 'live' : run.connection === 'lost' ? 'reconnecting' : 'connecting'}</span>`}
      ${may('operator') && open && html`<button type="button" onClick=${() => setAsk(paused ? 'resume' : 'pause')}>${paused ? 'Resume' : 'Pause'}</button>`}
      ${may('operator') && open && html`<button type="button" onClick=${() => setAsk('cancel')}>Cancel</button>`}
      ${may('operator') && html`<button type="button" onClick=${() => setAsk('rerun')}>Run again…</button>`}
      <a class="button" href=${`/compare?ids=${encodeURIComponent(id)}`}>Compare</a>
    `}
  >
    <${Refusal} error=${run.error} again=${run.reload} />
    ${view.failure && html`<section class="problem" role="alert"><h2>${view.state === 'CANCELLED' ? 'Cancelled' : 'Failed'}</h2><p>${view.failure}</p></section>`}
    <${Waiting} view=${view} />
    <${Rail} stages=${view.stages} chosen=${stage} onChoose=${setStage} />
    ${stage && html`<${StageFacts} stage=${view.stages.find((s) => s.stage === stage)} effort=${effort.data} />`}
    <${Header} view=${view} effort=${effort.data} />
    <${Tabs} tab=${tab} />
    ${tab === 'curves' && html`<${Curves} series=${run.series} stage=${stage} />`}
    ${tab === 'timeline' && html`<${Timeline} path=${path} stage=${stage} open=${open} />`}
    ${tab === 'checkpoints' && html`<${Checkpoints} path=${path} stage=${stage} open=${open} />`}
    ${tab === 'artifacts' && html`<${Artifacts} path=${path} stage=${stage} open=${open} />`}
    ${tab === 'report' && html`<${Report} path=${path} open=${open} />`}
    ${tab === 'settings' && html`<${Settings} path=${path} />`}
    ${tab === 'logs' && html`<${Logs} path=${path} live=${run.lines} open=${open} />`}
    ${ask === 'rerun' && html`<${Rerun} path=${path} stages=${view.stages} onClose=${() => setAsk(null)} />`}
    ${ask === 'pause' && html`<${Ask} title="Pause the run" text="The step under way writes a checkpoint and stops; its place is freed. Resume goes on from there." action="Pause" reason="optional" run=${act('pause')} onClose=${() => setAsk(null)} />`}
    ${ask === 'resume' && html`<${Ask} title="Resume the run" text="It goes on from its newest checkpoint." action="Resume" reason="optional" run=${act('resume')} onClose=${() => setAsk(null)} />`}
    ${ask === 'cancel' && html`<${Ask} title="Cancel the run" text="Stages that are done stay, and a later run takes them up again." action="Cancel the run" danger reason="required" run=${act('cancel')} onClose=${() => setAsk(null)} />`}
  </${Page}>`;
}

const TABS = [['curves', 'Curves'], ['timeline', 'Timeline'], ['checkpoints', 'Checkpoints'], ['artifacts', 'Inputs and outputs'], ['report', 'Evaluation'], ['settings', 'Settings'], ['logs', 'Log']];

function Tabs({ tab }) {
  return html`<nav class="tabs" aria-label="Parts of the run">
    ${TABS.map(([id, name]) => html`<a key=${id} href=${query(location.pathname, { tab: id === 'curves' ? '' : id })} aria-current=${id === tab ? 'page' : undefined}>${name}</a>`)}
  </nav>`;
}

function Waiting({ view }) {
  const stage = view.stages.find((s) => s.state === 'WAITING');
  if (!stage) return null;
  const ranking = stage.stage === 'alignment';
  return html`<div class="notice" role="status">
    <span><strong>${ranking ? 'People’s rankings are waited for.' : 'A decision is waited for.'}</strong> ${stage.note}</span>
    ${ranking ? html`<a class="button primary" href=${`/rankings/${encodeURIComponent(view.id)}`}>Rank answers</a>` : html`<a class="button primary" href="/approvals">Decide</a>`}
  </div>`;
}

/** What trainings have cost, as facts; the sources of the figures are their titles. */
const spent = (of) =>
  of && of.attempts > 0
    ? [
        ['Energy of trainings', html`<span title=${of.basis}>${energy(of.joules)}</span>`],
        ['Cost of trainings', html`<span title=${of.basis}>${of.dollars > 0 && of.dollars < 0.01 ? 'under 0.01' : of.dollars.toFixed(2)} USD</span>`],
        ['Time of trainings', `${duration(of.seconds)} in ${of.attempts} attempt${of.attempts === 1 ? '' : 's'}`],
      ]
    : [];

function Header({ view, effort }) {
  const step = view.stages.find((s) => s.state === 'RUNNING')?.step;
  const taken = view.stages.filter(reused).length;
  return html`<section class="section" aria-label="Facts">
    ${step && html`<${Step} step=${step} />`}
    <${Facts}
      items=${[
        ['By', view.requestedBy],
        ['Started', html`<${Time} at=${view.started} />`],
        [view.ended ? 'Ended' : 'Runs for', view.ended ? html`<${Time} at=${view.ended} />` : html`<${Took} from=${view.started} />`],
        view.ended && ['Took', html`<${Took} from=${view.started} to=${view.ended} />`],
        taken > 0 && ['Reused', `${taken} of ${view.stages.length} stages`],
        ...spent(effort?.total),
        (view.links?.temporal || view.links?.mlflow) && ['Elsewhere', html`<span class="pills"><${Out} href=${view.links.temporal}>Temporal</${Out}> <${Out} href=${view.links.mlflow}>MLflow</${Out}></span>`],
      ]}
    />
  </section>`;
}

function Step({ step }) {
  const p = step.progress;
  return html`<div class="panel section">
    <${Facts}
      items=${[
        ['Now', html`${step.activity}${p?.phase ? ` · ${p.phase}` : ''}`],
        step.attempt > 1 && ['Attempt', step.attempt],
        p?.total > 0 && ['Done', `${count(p.done)} of ${count(p.total)} ${p.unit ?? ''} (${percent(p.done / p.total, 0)})`],
        p?.rate > 0 && ['Speed', `${figure(p.rate)} ${p.rateUnit ?? 'tokens/s'}`],
        p && Number.isFinite(p.loss) && ['Loss', figure(p.loss)],
        p?.eta > 0 && ['Time left', duration(p.eta)],
      ]}
    />
    ${p?.total > 0 && html`<${Bar} value=${p.done / p.total} label="Progress of the step" />`}
    ${step.lastFailure && html`<p class="failure">Last attempt: ${step.lastFailure}</p>`}
  </div>`;
}

function StageFacts({ stage, effort }) {
  if (!stage) return null;
  return html`<section class="panel section" aria-label=${`Stage ${stage.stage}`}>
    <h2>${stage.stage} <${State} of=${reused(stage) ? 'REUSED' : stage.state} /></h2>
    ${(stage.reason || stage.note) && html`<p>${stage.reason || stage.note}</p>`}
    <${Facts}
      items=${[
        ['Started', html`<${Time} at=${stage.started} />`],
        ['Took', html`<${Took} from=${stage.started} to=${stage.ended} />`],
        stage.attempts > 0 && ['Attempts', stage.attempts],
        ...(effort?.items ?? []).filter((e) => e.stage === stage.stage).map((e) => [capital(e.training), html`<span title=${e.spent.basis}>${energy(e.spent.joules)}, ${duration(e.spent.seconds)} in ${e.spent.attempts} attempt${e.spent.attempts === 1 ? '' : 's'}</span>`]),
        ['Page', html`<a href=${`/datasets`}>data sets</a>`],
      ].filter((item) => item && (item[0] !== 'Page' || stage.stage === 'corpus'))}
    />
  </section>`;
}

function Timeline({ path, stage, open }) {
  const answer = useApi(`${path}/timeline`, { every: open ? 5000 : 0 });
  const now = useNow(open);
  return html`<${Load} of=${answer}>${(data) => {
    const items = data.items.filter((i) => !stage || i.stage === stage);
    if (items.length === 0) return html`<p class="quiet">No attempt yet.</p>`;
    const start = Math.min(...items.map((i) => new Date(i.started).getTime()));
    const end = Math.max(...items.map((i) => (i.ended ? new Date(i.ended).getTime() : now)), start + 1);
    const at = (t) => ((t - start) / (end - start)) * 100;
    return html`<div class="timeline section" role="img" aria-label="Attempts over time; the table below has the same facts">
        <div class="scale"><span>${timeOfDay(new Date(start).toISOString())}</span><span>${duration((end - start) / 1000)}</span><span>${timeOfDay(new Date(end).toISOString())}</span></div>
        ${items.map((i, n) => {
          const from = new Date(i.started).getTime();
          const to = i.ended ? new Date(i.ended).getTime() : now;
          return html`<div class="attempt" key=${n}>
            <span title=${`${i.stage} ${i.activity}`}>${i.activity}${i.attempt > 1 ? ` · attempt ${i.attempt}` : ''}</span>
            <span class="track"><i class=${String(i.outcome).toLowerCase()} style=${{ left: `${at(from)}%`, width: `${Math.max(0.2, at(to) - at(from))}%` }} title=${`${words(i.outcome)}, ${duration((to - from) / 1000)}${i.host ? `, ${i.host}` : ''}`}></i></span>
          </div>`;
        })}
      </div>
      <${Table}
        caption="Attempts"
        rows=${items}
        columns=${[
          { name: 'Stage', cell: (i) => i.stage },
          { name: 'Activity', cell: (i) => html`<span class="mono">${i.activity}</span>` },
          { name: 'Attempt', num: true, cell: (i) => i.attempt },
          { name: 'Outcome', cell: (i) => html`<${State} of=${i.outcome} />` },
          { name: 'Host', cell: (i) => i.host || html`<span class="quiet">–</span>` },
          { name: 'Started', num: true, cell: (i) => html`<time datetime=${i.started} title=${timeFull(i.started)}>${timeOfDay(i.started)}</time>` },
          { name: 'Took', num: true, cell: (i) => html`<${Took} from=${i.started} to=${i.ended} />` },
          { name: 'Message', cell: (i) => html`<span class=${i.outcome === 'COMPLETED' ? '' : 'bad'}>${i.message}</span>` },
        ]}
      />`;
  }}</${Load}>`;
}

function Checkpoints({ path, stage, open }) {
  const answer = useApi(`${path}/checkpoints`, { every: open ? 5000 : 0 });
  const [from, setFrom] = useState(null);
  return html`<${Load} of=${answer}>${(data) => {
      const items = data.items.filter((c) => !stage || c.stage === stage);
      if (items.length === 0) return html`<${Empty}>No checkpoint. Training stages write one every <code>checkpointEvery</code> steps; retention removes them after the run.</${Empty}>`;
      return html`<${Table}
        caption="Checkpoints"
        rows=${items}
        keyOf=${(c) => c.id}
        columns=${[
          { name: 'Stage', cell: (c) => c.stage },
          { name: 'Step', num: true, cell: (c) => count(c.step) },
          { name: 'Written', num: true, cell: (c) => html`<${Time} at=${c.time} />` },
          { name: 'Size', num: true, cell: (c) => bytes(c.bytes) },
          { name: 'Digest', cell: (c) => html`<${Digest} of=${c.digest} />` },
          {
            name: 'Go on',
            head: html`<span class="visually-hidden">Actions</span>`,
            cell: (c) =>
              may('operator') &&
              (c.resumable === false
                ? html`<small>${c.why}</small>`
                : html`<button type="button" class="small" onClick=${() => setFrom(c)}>Resume from here</button>`),
          },
        ]}
      />`;
    }}</${Load}>
    ${from && html`<${Rerun} path=${path} checkpoint=${from} onClose=${() => setFrom(null)} />`}`;
}

/** A new run from a stage or a checkpoint of this one, with settings changed. */
function Rerun({ path, stages, checkpoint, onClose }) {
  const [stage, setStage] = useState(stages?.[0]?.stage ?? '');
  const [text, setText] = useState('');
  const run = async () => {
    const set = {};
    for (const line of text.split('\n').map((l) => l.trim()).filter(Boolean)) {
      const cut = line.indexOf('=');
      if (cut < 1) throw new Error(`'${line}' is not path=value.`);
      set[line.slice(0, cut).trim()] = value(line.slice(cut + 1).trim());
    }
    const made = await api.post(`${path}:rerun`, { from: checkpoint ? { checkpoint: checkpoint.id } : { stage }, set });
    toast(`Started ${made?.id ?? 'a run'}.`);
    if (made?.id) navigate(`/runs/${encodeURIComponent(made.id)}`);
  };
  return html`<${Ask} title=${checkpoint ? `Resume from step ${checkpoint.step}` : 'Run again'} action="Start" run=${run} onClose=${onClose}
    text=${checkpoint ? `A new run goes on from the ${checkpoint.stage} checkpoint at step ${checkpoint.step}.` : 'A new run takes over the stages before and runs from here.'}>
    ${!checkpoint && html`<label class="field"><span>From stage</span>
      <select value=${stage} onChange=${(e) => setStage(e.target.value)}>${stages.map((s) => html`<option key=${s.stage} value=${s.stage}>${s.stage}</option>`)}</select></label>`}
    <label class="field"><span>Changed settings <small>optional</small></span>
      <textarea rows="3" class="mono" placeholder="pretraining.steps=200" value=${text} onInput=${(e) => setText(e.target.value)}></textarea>
      <small>One a line: path=value.</small></label>
  </${Ask}>`;
}

function value(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function Artifacts({ path, stage, open }) {
  const answer = useApi(`${path}/artifacts`, { every: open ? 10_000 : 0 });
  return html`<${Load} of=${answer}>${(data) => {
    const items = data.items.filter((a) => !stage || a.stage === stage);
    if (items.length === 0) return html`<p class="quiet">Nothing made yet.</p>`;
    return html`<${Table}
      caption="Inputs and outputs"
      rows=${items}
      columns=${[
        { name: 'Stage', cell: (a) => a.stage },
        { name: 'Direction', cell: (a) => (a.direction === 'INPUT' ? 'in' : 'out') },
        { name: 'Name', cell: (a) => html`<span title=${a.uri}>${a.name}</span>` },
        { name: 'Size', num: true, cell: (a) => bytes(a.bytes) },
        { name: 'Type', cell: (a) => html`<small>${a.mediaType ?? ''}</small>` },
        { name: 'sha256', cell: (a) => html`<${Digest} of=${a.sha256} />` },
        { name: 'File', head: html`<span class="visually-hidden">Actions</span>`, cell: (a) => a.url && html`<a href=${a.url} target="_blank" rel="noopener noreferrer" download>Download</a>` },
      ]}
    />`;
  }}</${Load}>`;
}

function Report({ path, open }) {
  const answer = useApi(`${path}/report`, { every: open ? 15_000 : 0 });
  return html`<${Load} of=${answer}>${(data) => html`<${Evaluation} report=${data} />
    ${data.markdown && html`<${Section} title="Report with transcripts"><pre>${data.markdown}</pre></${Section}>`}`}</${Load}>`;
}

function Settings({ path }) {
  const answer = useApi(`${path}/settings`);
  const [find, setFind] = useState('');
  return html`<${Load} of=${answer}>${(data) => html`
    <${Section} title=${data.parent ? html`Changed since ${data.parent}` : 'Changed since the run before'}>
      ${data.parent ? html`<p class="section"><a href=${`/compare?ids=${encodeURIComponent(data.parent)},${encodeURIComponent(path.slice(6))}`}>Compare with ${data.parent}</a></p>` : ''}
      <${Diff} items=${data.diff} empty=${data.parent ? 'No setting differs from the run before.' : 'There is no run before on this line.'} />
    </${Section}>
    <${Section} title="All settings" actions=${html`<input type="search" aria-label="Find a setting" placeholder="Find a setting" value=${find} onInput=${(e) => setFind(e.target.value)} />`}>
      <${Table} caption="Settings" rows=${rows(data.recipe).filter(([name]) => name.toLowerCase().includes(find.toLowerCase()))} keyOf=${([name]) => name}
        columns=${[{ name: 'Setting', cell: ([name]) => html`<code>${name}</code>` }, { name: 'Value', cell: ([, v]) => setting(v) }]} />
    </${Section}>`}</${Load}>`;
}

function rows(tree, path = '') {
  return Object.entries(tree ?? {}).flatMap(([key, v]) => {
    const name = path ? `${path}.${key}` : key;
    return v && typeof v === 'object' && !Array.isArray(v) ? rows(v, name) : [[name, v]];
  });
}

function Logs({ path, live, open }) {
  const answer = useApi(`${path}/logs`);
  const [level, setLevel] = useState('');
  const [find, setFind] = useState('');
  const box = useRef(null);
  const stick = useRef(true);
  const before = answer.data?.items ?? [];
  const last = before.at(-1)?.time ?? '';
  const all = [...before, ...live.filter((l) => l.time > last)].filter(
    (l) => (!level || l.level === level) && (!find || l.message.toLowerCase().includes(find.toLowerCase())),
  );
  useEffect(() => {
    if (stick.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [all.length]);
  return html`<div class="chart-bar">
      <label>Level <select value=${level} onChange=${(e) => setLevel(e.target.value)}><option value="">All</option>${['INFO', 'WARN', 'ERROR'].map((l) => html`<option key=${l}>${l}</option>`)}</select></label>
      <input type="search" aria-label="Find in the log" placeholder="Find" value=${find} onInput=${(e) => setFind(e.target.value)} />
      ${open && html`<span>Follows while it is at its end.</span>`}
    </div>
    <${Load} of=${answer}>${() =>
      all.length === 0
        ? html`<p class="quiet">No line.</p>`
        : html`<pre class="log" ref=${box} tabindex="0" aria-label="Log" onScroll=${(e) => { stick.current = e.target.scrollHeight - e.target.scrollTop - e.target.clientHeight < 40; }}>${all.map(
            (l, i) => html`<div key=${i} class=${String(l.level ?? '').toLowerCase()}><time datetime=${l.time} title=${timeFull(l.time)}>${timeOfDay(l.time)}</time><span>${l.level ?? ''}</span><span>${l.source ?? l.stage ? `${l.source ?? l.stage}: ` : ''}${l.message}</span></div>`,
          )}</pre>`}</${Load}>`;
}
