/** The sections of a tenant's page and of the gateway's, as links: each has an address. */
import type { ComponentChildren } from 'preact';
import { LimitsPage } from '../limits/limits-page.tsx';
import { PipelinePage } from '../pipeline/pipeline-page.tsx';
import { type Place, placeHref, TENANT_SECTIONS, type TenantSection } from '../place.ts';
import { Audit } from './audit.tsx';
import { tenantPath } from './client.ts';
import { Secrets } from './secrets.tsx';
import { Tokens } from './tokens.tsx';
import { Usage } from './usage.tsx';

interface TenantSectionsProps {
  readonly tenant: string;
  readonly section: TenantSection | undefined;
  readonly nowMs: number;
  /** The overview: what there is without a section. */
  readonly children: ComponentChildren;
}

export function TenantSections({ tenant, section, nowMs, children }: TenantSectionsProps) {
  const path = tenantPath(tenant);
  return (
    <>
      <Tabs
        label={`Sections of ${tenant}`}
        current={section}
        tabs={[undefined, ...TENANT_SECTIONS].map((name) => ({
          name,
          place: name === undefined ? { tenant } : { tenant, section: name },
        }))}
      />
      {section === undefined && children}
      {section !== undefined && (
        <h1 class="section-title">
          {titleOf(section)} <span class="muted">of</span> <bdi>{tenant}</bdi>
        </h1>
      )}
      {section === 'tokens' && <Tokens tenant={tenant} nowMs={nowMs} />}
      {section === 'pipeline' && <PipelinePage owner={tenant} nowMs={nowMs} />}
      {section === 'secrets' && <Secrets owner={tenant} nowMs={nowMs} />}
      {section === 'limits' && <LimitsPage tenant={tenant} />}
      {section === 'usage' && <Usage tenant={tenant} />}
      {section === 'audit' && <Audit path={`${path}/audit`} nowMs={nowMs} />}
    </>
  );
}

interface TabsProps {
  readonly label: string;
  readonly current: string | undefined;
  readonly tabs: readonly { readonly name: string | undefined; readonly place: Place }[];
}

export function Tabs({ label, current, tabs }: TabsProps) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(({ name, place }) => (
        <a key={name} class="tab" href={placeHref(place)} aria-current={name === current ? 'page' : undefined}>
          {titleOf(name ?? 'overview')}
        </a>
      ))}
    </nav>
  );
}

export function titleOf(section: string): string {
  return section === 'audit' ? 'Audit log' : `${section.charAt(0).toUpperCase()}${section.slice(1)}`;
}
