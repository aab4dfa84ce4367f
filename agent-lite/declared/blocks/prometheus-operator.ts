/** Defaults of scrapes that come from resources of the Prometheus operator. */
import { body, t, withDefault } from '../../../core/alloy/schema.ts';

export const scrapeOptionsSchema = body({
  default_scrape_interval: withDefault(t.duration, 0, { text: '0s' }),
  default_scrape_timeout: withDefault(t.duration, 0, { text: '0s' }),
  default_sample_limit: withDefault(t.uint, 0),
  scrape_native_histograms: withDefault(t.bool, false),
  scrape_classic_histograms: withDefault(t.bool, false),
  convert_classic_histograms_to_nhcb: withDefault(t.bool, false),
  native_histogram_bucket_limit: withDefault(t.uint, 0),
  native_histogram_min_bucket_factor: withDefault(t.float, 0),
  honor_metadata: withDefault(t.bool, false),
  enable_type_and_unit_labels: withDefault(t.bool, false),
  start_timestamp_zero_ingestion: withDefault(t.bool, false),
});
