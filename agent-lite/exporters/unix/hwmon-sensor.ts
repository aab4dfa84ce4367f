/** Naming rules of hwmon sensors (kernel documentation hwmon/sysfs-interface) as node_exporter maps them to metrics. */
import { Family, type FamilyType } from '../metric-text.ts';

export const SENSOR_TYPES: ReadonlySet<string> = new Set([
  ...['vrm', 'beep_enable', 'update_interval', 'in', 'cpu', 'fan', 'pwm', 'temp', 'curr', 'power', 'energy'],
  ...['humidity', 'intrusion'],
]);

export interface SensorFile {
  readonly type: string;
  readonly number: number;
  readonly property: string;
}

/** `temp1_max` is the property max of sensor 1 of type temp; `beep_enable` has neither number nor property. */
export function parseSensorFile(name: string): SensorFile | undefined {
  const match = /^([^0-9]+)([0-9]*)(?:_(.+))?$/.exec(name);
  if (match === null) return undefined;
  return { type: match[1]!, number: Number(match[2] || 0), property: match[3] ?? '' };
}

export interface SensorMetric {
  readonly family: Family;
  readonly convert: (reading: number) => number;
}

const known = new Map<string, SensorMetric>();

/** The metric of one property of a sensor, or undefined for the label, which is no number. */
export function sensorFamily(sensor: string, property: string, hasBareValue: boolean): SensorMetric | undefined {
  const type = parseSensorFile(sensor)?.type;
  if (type === undefined || property === 'label') return undefined;
  const key = `${type} ${property} ${hasBareValue}`;
  let metric = known.get(key);
  if (metric === undefined) {
    metric = describe(type, property, hasBareValue);
    known.set(key, metric);
  }
  return metric;
}

const MILLI = (reading: number) => reading * 0.001;
const MICRO = (reading: number) => reading / 1_000_000;
const PLAIN = (reading: number) => reading;

function describe(type: string, property: string, hasBareValue: boolean): SensorMetric {
  const make = (name: string, help: string, convert = PLAIN, familyType: FamilyType = 'gauge') => ({
    family: new Family(name, help, familyType, ['chip', 'sensor']),
    convert,
  });
  if (type === 'beep_enable') {
    return make('node_hwmon_beep_enabled', 'Hardware beep enabled', (reading) => (reading === 1 ? 1 : 0));
  }
  if (type === 'vrm') return make('node_hwmon_voltage_regulator_version', 'Hardware voltage regulator');
  if (type === 'update_interval') {
    return make('node_hwmon_update_interval_seconds', 'Hardware monitor update interval', MILLI);
  }
  const name = metricName(type, property, hasBareValue);
  if (property === 'fault' || property === 'alarm') return make(name, `Hardware sensor ${property} status (${type})`);
  if (property === 'beep') return make(`${name}_enabled`, 'Hardware monitor sensor has beeping enabled');
  switch (type) {
    case 'in':
    case 'cpu':
      return make(`${name}_volts`, `Hardware monitor for voltage (${property})`, MILLI);
    case 'temp':
      if (property === 'type') break;
      return make(`${name}_celsius`, `Hardware monitor for temperature (${property || 'input'})`, MILLI);
    case 'curr':
      return make(`${name}_amps`, `Hardware monitor for current (${property})`, MILLI);
    case 'energy':
      return make(`${name}_joule_total`, `Hardware monitor for joules used so far (${property})`, MICRO, 'counter');
    case 'power':
      return describePower(make, name, property);
    case 'humidity':
      return make(
        name,
        `Hardware monitor for humidity, as a ratio (multiply with 100.0 to get the humidity as a percentage) (${property})`,
        MICRO,
      );
    case 'fan':
      if (!['input', 'min', 'max', 'target'].includes(property)) break;
      return make(`${name}_rpm`, `Hardware monitor for fan revolutions per minute (${property})`);
  }
  return make(name, `Hardware monitor ${type} element ${property}`);
}

type Make = (name: string, help: string, convert?: (reading: number) => number) => SensorMetric;

function describePower(make: Make, name: string, property: string): SensorMetric {
  if (property === 'accuracy') return make(name, 'Hardware monitor power meter accuracy, as a ratio', MICRO);
  if (/^average_interval(_min|_max)?$/.test(property)) {
    return make(`${name}_seconds`, `Hardware monitor power usage update interval (${property})`, MILLI);
  }
  return make(`${name}_watt`, `Hardware monitor for power usage in watts (${property})`, MICRO);
}

/** `input` is the reading itself, unless the sensor has a file without a property too. */
function metricName(type: string, property: string, hasBareValue: boolean): string {
  if (property === 'input') return `node_hwmon_${type}${hasBareValue ? '_input' : ''}`;
  const clean = property
    .toLowerCase()
    .replace(/[^a-z0-9:_]/g, '_')
    .replace(/^_+|_+$/g, '');
  return property === '' ? `node_hwmon_${type}` : `node_hwmon_${type}_${clean}`;
}
