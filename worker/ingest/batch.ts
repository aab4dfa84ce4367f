/**
 * The batch protocol of our agents (docs/batch-protocol.md): sections of any signal in one request, each a complete push of
 * its own protocol. A batch that was completed before is a no-op. 200 means that every section was either taken or refused
 * for good, and the answer says which; 429 and 503 mean that the agent keeps the batch and sends it again.
 */
import { type Failure, failure, outcomeStatus } from '../../core/outcome.ts';
import {
  type BatchResponse,
  type BatchSection,
  decodeBatch,
  encodeBatchResponse,
  type SectionResult,
  type SpillwayBatch,
} from '../../core/wire/spillway-batch.ts';
import { authenticate, requireScope } from '../auth/authenticate.ts';
import { gunzipBounded, MAX_DECOMPRESSED_BYTES } from '../compression.ts';
import type { Env } from '../env.ts';
import type { Admission } from '../hub/admit.ts';
import type { AgentSighting, BatchKey } from '../hub/messages.ts';
import { isBatchPending, TenantReport } from '../hub/report-buffer.ts';
import { count, countItems } from '../telemetry/counters.ts';
import { admitDecoded } from './admission.ts';
import { MAX_BODY_BYTES, readBody } from './body.ts';
import type { PushContext } from './context.ts';
import { toFailure } from './decode-failure.ts';
import { demandsOfAll } from './demands.ts';
import { type Accepted, type Format, formatHeaders, negotiate } from './format.ts';
import { processBatch } from './process.ts';
import type { DecodeContext, Decoded, PushProtocol } from './protocol.ts';
import { sectionProtocol } from './protocols/index.ts';
import { retryHeaders, textFailure } from './respond.ts';
import { describeRejections, type PushResult, rejectedItems } from './result.ts';

const BATCH: readonly Accepted[] = [
  { kind: 'protobuf', types: ['application/x-protobuf'], encodings: ['', 'identity', 'gzip'] },
];

interface Section {
  readonly index: number;
  readonly section: BatchSection;
  readonly protocol: PushProtocol | undefined;
  readonly decoded: Decoded | Failure;
}

export async function handleBatch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
  const response = await receive(request, env, ctx);
  count('spillway_push_responses_total', 1, { signal: 'batch', status: String(response.status) });
  return response;
}

async function receive(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
  const token = await authenticate(request, env, Date.now());
  if (!token.ok) return textFailure(token);
  const { id, tenant, name } = token.value;
  const userAgent = (request.headers.get('user-agent') ?? '').slice(0, 100);
  const named = { userAgent, tokenName: name, tokenId: id };
  const sighting: AgentSighting = { id: `token:${id}`, kind: 'client', atMs: Date.now(), ...named };
  const report = new TenantReport(env, ctx, tenant);
  const context: PushContext = { env, ctx, tenant, token: token.value, report, sighting, comesAgain: true };
  const allowed = requireScope(token.value, ['agent']);
  if (!allowed.ok) return refuse(context, allowed);
  const format = negotiate(formatHeaders(request.headers), BATCH);
  if (!format.ok) return refuse(context, format);
  let batch: SpillwayBatch;
  try {
    batch = decodeBatch(await readBatch(request, format.value));
  } catch (error) {
    return refuse(context, toFailure(error));
  }
  return receiveBatch(context, batch, request);
}

async function receiveBatch(unnamed: PushContext, batch: SpillwayBatch, request: Request): Promise<Response> {
  const sighting: AgentSighting = { ...unnamed.sighting, id: batch.agentId, kind: 'agent' };
  const context = { ...unnamed, sighting };
  const { tenant, report } = context;
  const key: BatchKey = { agentId: batch.agentId, sequence: String(batch.sequence) };
  report.sawAgent(sighting);
  for (const { signal, body } of batch.sections) report.received(signal, body.byteLength);
  if (isBatchPending(tenant, key)) return answer({ duplicate: true, results: [] });

  const sections = await decodeSections(batch.sections, request);
  const tooLarge = sections.map(({ decoded }) => decoded).find(isTooLarge);
  // Of the whole batch, not of the section: the agent forms smaller ones and loses nothing.
  if (tooLarge !== undefined) return refuse(context, tooLarge);
  const decoded = sections.flatMap((section) => ('items' in section.decoded ? [section.decoded] : []));
  const admission = await admitDecoded(context, decoded, demandsOfAll(decoded), key);
  if (!admission.ok) return refuse(context, admission);
  if (admission.value.duplicate) return answer({ duplicate: true, results: [] });

  const outcomes = await processSections(context, admission.value, sections);
  const results = outcomes.map(({ result }) => result).sort((a, b) => a.section - b.section);
  const retry = outcomes.find(({ retry }) => retry !== undefined)?.retry;
  if (retry !== undefined) return answer({ duplicate: false, results }, retry);
  report.completedBatch(key);
  return answer({ duplicate: false, results });
}

async function readBatch(request: Request, { encoding }: Format): Promise<Uint8Array> {
  const body = await readBody(request, MAX_BODY_BYTES);
  countItems('spillway_received_bytes_total', body.byteLength, 'batch');
  return encoding === 'gzip' ? gunzipBounded(body, MAX_DECOMPRESSED_BYTES) : body;
}

/** One after the other with one budget: a thousand small sections must not unpack to more than one push may. */
async function decodeSections(sections: readonly BatchSection[], request: Request): Promise<Section[]> {
  const { method } = request;
  const context = { method, url: new URL(request.url), contentType: '', nowMs: Date.now() };
  const decoded: Section[] = [];
  let maxBytes = MAX_DECOMPRESSED_BYTES;
  for (const [index, section] of sections.entries()) {
    const found = await decodeSection(section, index, { ...context, maxBytes });
    if ('bytes' in found.decoded) maxBytes -= found.decoded.bytes;
    decoded.push(found);
  }
  return decoded;
}

function isTooLarge(decoded: Decoded | Failure): decoded is Failure {
  return 'reason' in decoded && decoded.reason === 'body_too_large';
}

/** Where the section would have been sent to on its own. A path that is none is that of nothing we know. */
function sectionUrl({ path }: BatchSection, batch: URL): URL {
  if (path === undefined) return batch;
  return path.startsWith('/') ? new URL(`${batch.origin}${path}`) : new URL('/', batch);
}

async function decodeSection(section: BatchSection, index: number, context: DecodeContext): Promise<Section> {
  const url = sectionUrl(section, context.url);
  const protocol = sectionProtocol(section, url);
  if (protocol === undefined) {
    const message = `section ${index}: ${section.signal} are not taken by this gateway in this form`;
    return { index, section, protocol, decoded: failure('unsupported_media_type', message) };
  }
  const format = protocol.negotiate(section);
  if (!format.ok) return { index, section, protocol, decoded: format };
  try {
    const own = { ...context, url, contentType: section.contentType };
    return { index, section, protocol, decoded: await protocol.decode(section.body, format.value, own) };
  } catch (error) {
    return { index, section, protocol, decoded: toFailure(error) };
  }
}

interface SectionOutcome {
  readonly result: SectionResult;
  /** Set when the section, and so the batch, must come again. */
  readonly retry?: Failure;
}

/** Signals at the same time, the sections of one signal one after the other: samples of a series must stay in order. */
async function processSections(
  context: PushContext,
  admission: Admission,
  sections: readonly Section[],
): Promise<SectionOutcome[]> {
  const bySignal = Map.groupBy(sections, ({ section }) => section.signal);
  const outcomes = await Promise.all(
    [...bySignal.values()].map(async (group) => {
      const done: SectionOutcome[] = [];
      for (const section of group) done.push(await processSection(context, admission, section));
      return done;
    }),
  );
  return outcomes.flat();
}

async function processSection(
  context: PushContext,
  admission: Admission,
  { index, section, protocol, decoded }: Section,
): Promise<SectionOutcome> {
  if (!('items' in decoded)) {
    context.report.refused(section.signal, decoded.reason, decoded.message);
    return refused(index, section.items, decoded);
  }
  const result = await processBatch(context, admission, decoded);
  if (result.failure !== undefined) return refused(index, section.items, result.failure);
  return { result: taken(index, result, protocol?.unit ?? 'items') };
}

function taken(index: number, result: PushResult, unit: string): SectionResult {
  const rejected = rejectedItems(result);
  return {
    section: index,
    acceptedItems: result.received - rejected,
    rejectedItems: rejected,
    reason: result.rejections[0]?.reason ?? '',
    message: rejected === 0 ? '' : describeRejections(result, unit),
  };
}

function refused(index: number, items: number, reason: Failure): SectionOutcome {
  const status = outcomeStatus(reason.reason);
  const mayComeAgain = status === 429 || status >= 500;
  const result = {
    section: index,
    acceptedItems: 0,
    rejectedItems: mayComeAgain ? 0 : items,
    reason: reason.reason,
    message: reason.message,
  };
  return mayComeAgain ? { result, retry: reason } : { result };
}

function refuse({ report, sighting }: PushContext, reason: Failure): Response {
  report.sawAgent(sighting);
  report.refused('batch', reason.reason, reason.message);
  return textFailure(reason);
}

function answer(response: BatchResponse, retry?: Failure): Response {
  const headers = { 'Content-Type': 'application/x-protobuf', ...(retry === undefined ? {} : retryHeaders(retry)) };
  const status = retry === undefined ? 200 : outcomeStatus(retry.reason);
  return new Response(encodeBatchResponse(response), { status, headers });
}
