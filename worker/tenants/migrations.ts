/**
 * What each file of migrations/ makes last, so that it is there when all of the file ran: wrangler's own list may be absent
 * where somebody ran the files by hand. test/migrations.test.ts compares this with the files.
 */
export const LAST_MADE_BY: Readonly<Record<string, string>> = {
  '0001_tenants_tokens_pipelines.sql': 'active_outboxes',
  '0002_tenant_limits.sql': 'tenant_limits',
  '0003_administration.sql': 'audit_by_tenant',
};
