/** What is not of one tenant: the tenants themselves, the default pipeline with its secrets, operators, the audit log. */
import { PipelinePage } from '../pipeline/pipeline-page.tsx';
import { GATEWAY_SECTIONS, type GatewaySection } from '../place.ts';
import { Audit } from './audit.tsx';
import { Operators } from './operators.tsx';
import { Secrets } from './secrets.tsx';
import { Tabs } from './sections.tsx';
import { Tenants } from './tenants.tsx';

interface GatewayPageProps {
  readonly section: GatewaySection;
  readonly nowMs: number;
  /** There are other tenants now. */
  onChanged(): void;
}

const TITLES: Readonly<Record<GatewaySection, string>> = {
  tenants: 'Tenants of the gateway',
  pipeline: 'The default pipeline',
  secrets: 'Secrets of the default pipeline',
  operators: 'Operators of the gateway',
  audit: 'Audit log of the gateway',
};

export function GatewayPage({ section, nowMs, onChanged }: GatewayPageProps) {
  return (
    <>
      <Tabs
        label="Sections of the gateway"
        current={section}
        tabs={GATEWAY_SECTIONS.map((name) => ({ name, place: { gateway: name } }))}
      />
      <h1 class="section-title">{TITLES[section]}</h1>
      {section === 'tenants' && <Tenants nowMs={nowMs} onChanged={onChanged} />}
      {section === 'pipeline' && <PipelinePage key="default" owner={undefined} nowMs={nowMs} />}
      {section === 'secrets' && <Secrets key="gateway" owner={undefined} nowMs={nowMs} />}
      {section === 'operators' && <Operators nowMs={nowMs} />}
      {section === 'audit' && <Audit key="gateway" path="/audit" nowMs={nowMs} showsTenant />}
    </>
  );
}
