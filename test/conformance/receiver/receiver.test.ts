/**
 * The receiver part of prometheus/compliance (remotewrite/receiver) against a running gateway: the cases under their own
 * names, one gateway for all of them. README.md beside this file traces each to the specification.
 */
import { afterAll, beforeAll, describe } from 'vitest';
import { combinedTests } from './cases/combined.ts';
import { exemplarTests } from './cases/exemplar.ts';
import { histogramTests } from './cases/histograms.ts';
import { metadataTests } from './cases/metadata.ts';
import { metricTests } from './cases/metric.ts';
import { requestTests } from './cases/request.ts';
import { rw1CompatTests } from './cases/rw1-compat.ts';
import { GatewayReceiver } from './support/gateway-receiver.ts';

let receiver: GatewayReceiver;
beforeAll(async () => {
  receiver = await GatewayReceiver.start();
});
afterAll(() => receiver?.stop());
const subject = () => receiver;

describe('receiver/combined_test.go', () => combinedTests(subject));
describe('receiver/exemplar_test.go', () => exemplarTests(subject));
describe('receiver/histograms_test.go', () => histogramTests(subject));
describe('receiver/metadata_test.go', () => metadataTests(subject));
describe('receiver/metric_test.go', () => metricTests(subject));
describe('receiver/request_test.go', () => requestTests(subject));
describe('receiver/rw1_compat_test.go', () => rw1CompatTests(subject));
