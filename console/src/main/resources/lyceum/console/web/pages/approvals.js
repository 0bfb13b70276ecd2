/** What waits for a decision, with the evidence. */
import { html, useState } from '../core/lib.js';
import { api, useApi } from '../core/api.js';
import { may, toast } from '../core/store.js';
import { Evaluation } from '../core/report.js';
import { Comparison, Gates } from '../core/gates.js';
import { Ask, Empty, Facts, Load, Page, Time, useNow } from '../core/ui.js';
import { ago } from '../core/format.js';

export default function Approvals() {
  const answer = useApi('/approvals', { every: 10_000 });
  const [ask, setAsk] = useState(null);
  useNow();
  return html`<${Page} title="Approvals" lead="Candidates that passed or failed their gates and wait for a person.">
    <${Load} of=${answer}>${(data) =>
      data.items.length === 0
        ? html`<${Empty} command="./lyceum run start tiny --set deployment.approval=PERSON">Nothing waits for a decision. A recipe asks for one with <code>deployment.approval: PERSON</code>:</${Empty}>`
        : data.items.map((a) => html`<article class="approval" key=${a.runId}>
          <header>
            <div><h2>${a.modelLine} version ${a.version}</h2><a class="mono" href=${`/runs/${encodeURIComponent(a.runId)}`}>${a.runId}</a></div>
            <${Facts} items=${[
              ['Asked by', a.requestedBy],
              a.requestedAt && ['Asked', html`<${Time} at=${a.requestedAt} />`],
              a.deadline && ['Deadline', html`<span title=${a.deadline}><${Time} at=${a.deadline} /> <small>(${ago(a.deadline)})</small></span>`],
              a.fourEyes !== undefined && ['Four eyes', a.fourEyes ? 'someone else than who asked' : 'not asked for'],
            ]} />
          </header>
          <h3>Gates</h3>
          <${Gates} gates=${a.gates} />
          ${a.comparison && html`<h3>Against the champion</h3><${Comparison} of=${a.comparison} />`}
          ${a.evidence?.rows && html`<h3>Evaluation</h3><${Evaluation} report=${a.evidence} />`}
          ${a.smoke?.length > 0 && html`<h3>Answers of the candidate</h3>${a.smoke.map((s, i) => html`<div class="prompt section" key=${i}><p><b>prompt</b><span class="text">${s.prompt}</span></p><p><b>answer</b><span class="text">${s.answer}</span></p></div>`)}`}
          <div class="approval-foot">
            ${(a.mayDecide === false || a.mayApprove === false) && html`<span class="quiet">${a.whyNot || 'Your roles do not allow a decision.'}</span>`}
            <a href=${`/runs/${encodeURIComponent(a.runId)}?tab=report`}>Report</a>
            <a href=${`/models/${encodeURIComponent(a.modelLine)}`}>Model line</a>
            ${may('approver') && html`
              <button type="button" class="danger" disabled=${a.mayDecide === false} onClick=${() => setAsk({ verb: 'reject', a })}>Reject</button>
              <button type="button" class="primary" disabled=${a.mayDecide === false || a.mayApprove === false} onClick=${() => setAsk({ verb: 'approve', a })}>Approve</button>`}
          </div>
        </article>`)}</${Load}>
    ${ask && html`<${Ask}
      title=${`${ask.verb === 'approve' ? 'Approve' : 'Reject'} ${ask.a.modelLine} version ${ask.a.version}`}
      text=${ask.verb === 'approve' ? 'It is served, and the champion alias moves to it.' : 'The run ends without a change to what is served.'}
      action=${ask.verb === 'approve' ? 'Approve' : 'Reject'}
      danger=${ask.verb === 'reject'}
      reason="required"
      onClose=${() => setAsk(null)}
      run=${async (reason) => {
        await api.post(`/approvals/${encodeURIComponent(ask.a.runId)}:${ask.verb}`, { reason });
        toast(`${ask.a.modelLine} version ${ask.a.version}: ${ask.verb === 'approve' ? 'approved' : 'rejected'}.`);
        answer.reload();
      }}
    />`}
  </${Page}>`;
}
