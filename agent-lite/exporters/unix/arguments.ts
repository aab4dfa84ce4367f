/** Arguments of prometheus.exporter.unix, with Alloy's names and defaults, those of collectors not ported yet included. */
import { type BodySchema, block, body, type Decoded, optional, t, withDefault } from '../../../core/alloy/schema.ts';

export const DISK_EXCLUDE = '^(ram|loop|fd|(h|s|v|xv)d[a-z]|nvme\\d+n\\d+p)\\d+$';
export const FS_TYPES_EXCLUDE =
  '^(autofs|binfmt_misc|bpf|cgroup2?|configfs|debugfs|devpts|devtmpfs|fusectl|hugetlbfs|iso9660|mqueue|nsfs|overlay|proc|procfs|pstore|rpc_pipefs|securityfs|selinuxfs|squashfs|sysfs|tracefs)$';
export const MOUNT_POINTS_EXCLUDE = '^/(dev|proc|run/credentials/.+|sys|var/lib/docker/.+)($|/)';
export const NETSTAT_FIELDS =
  '^(.*_(InErrors|InErrs)|Ip_Forwarding|Ip(6|Ext)_(InOctets|OutOctets)|Icmp6?_(InMsgs|OutMsgs)|TcpExt_(Listen.*|Syncookies.*|TCPSynRetrans|TCPTimeouts)|Tcp_(ActiveOpens|InSegs|OutSegs|OutRsts|PassiveOpens|RetransSegs|CurrEstab)|Udp6?_(InDatagrams|OutDatagrams|NoPorts|RcvbufErrors|SndbufErrors))$';
export const VMSTAT_FIELDS = '^(oom_kill|pgpg|pswp|pg.*fault).*';

const names = (doc: string) => withDefault(t.list(t.string), [], { doc });
const flag = (doc: string) => withDefault(t.bool, false, { doc });
const text = (doc: string) => optional(t.string, { doc });
const pattern = (value: string, doc: string) => withDefault(t.string, value, { doc });
const collector = <S extends BodySchema>(name: string, schema: S) =>
  block(schema, { doc: `Settings of the collector ${name}.` });
const devices = {
  device_exclude: text('Expression for devices to leave out.'),
  device_include: text('Expression for the devices to tell of.'),
};

const BACKEND_LABELS = ['local_address', 'local_port', 'remote_address', 'remote_port', 'proto', 'local_mark'];
const UNITS_EXCLUDE = '.+\\.(automount|device|mount|scope|slice)';

export const unixSchema = body({
  enable_collectors: names('Collectors to run besides the default ones.'),
  disable_collectors: names('Default collectors not to run.'),
  set_collectors: optional(t.list(t.string), { doc: 'Exactly these collectors, instead of the default ones.' }),
  include_exporter_metrics: flag('Also expose metrics of the exporter itself.'),
  procfs_path: withDefault(t.string, '/proc', { doc: 'Where the proc file system is mounted.' }),
  sysfs_path: withDefault(t.string, '/sys', { doc: 'Where the sys file system is mounted.' }),
  rootfs_path: withDefault(t.string, '/', { doc: 'Where the root file system is mounted.' }),
  udev_data_path: withDefault(t.string, '/run/udev/data', { doc: 'Folder of what udev knows of devices.' }),
  arp: collector('arp', { ...devices, netlink: flag('Ask the kernel by netlink instead of reading /proc/net/arp.') }),
  bcache: collector('bcache', { priority_stats: flag('Also read priority statistics, which is slow.') }),
  cpu: collector('cpu', {
    bugs_include: text('Expression for the bugs to tell in node_cpu_info.'),
    flags_include: text('Expression for the flags to tell in node_cpu_info.'),
    guest: flag('Expose node_cpu_guest_seconds_total.'),
    info: flag('Expose node_cpu_info.'),
  }),
  disk: collector('diskstats', {
    device_exclude: pattern(DISK_EXCLUDE, 'Expression for devices to leave out.'),
    device_include: devices.device_include,
  }),
  ethtool: collector('ethtool', {
    ...devices,
    metrics_include: pattern('.*', 'Expression for the metrics to expose.'),
  }),
  filesystem: collector('filesystem', {
    fs_types_exclude: pattern(FS_TYPES_EXCLUDE, 'Expression for types of file systems to leave out.'),
    mount_points_exclude: pattern(MOUNT_POINTS_EXCLUDE, 'Expression for mount points to leave out.'),
    mount_timeout: withDefault(t.duration, 5_000, { text: '5s', doc: 'How long a mount may take to answer.' }),
  }),
  hwmon: collector('hwmon', {
    chip_include: text('Expression for the chips to tell of.'),
    chip_exclude: text('Expression for chips to leave out.'),
  }),
  ipvs: collector('ipvs', {
    backend_labels: withDefault(t.list(t.string), BACKEND_LABELS, { doc: 'Labels of metrics of a backend.' }),
  }),
  netclass: collector('netclass', {
    ignore_invalid_speed_device: flag('Leave out the speed of devices that have none.'),
    ignored_devices: pattern('^$', 'Expression for devices to leave out.'),
  }),
  netdev: collector('netdev', { address_info: flag('Expose the addresses of each device.'), ...devices }),
  netstat: collector('netstat', { fields: pattern(NETSTAT_FIELDS, 'Expression for the fields to expose.') }),
  ntp: collector('ntp', {
    ip_ttl: withDefault(t.int, 1, { doc: 'How many hops a query may take.' }),
    local_offset_tolerance: withDefault(t.duration, 1, { text: '1ms', doc: 'How far the clock may be off.' }),
    max_distance: withDefault(t.duration, 3466.08, { text: '3466080us', doc: 'The longest distance to the root.' }),
    protocol_version: withDefault(t.int, 4, { doc: 'Version of NTP.' }),
    server_is_local: flag('Certify that the server is no public one.'),
    server: withDefault(t.string, '127.0.0.1', { doc: 'The NTP server.' }),
  }),
  perf: collector('perf', {
    cache_profilers: names('Cache profilers to run.'),
    cpus: text('The CPUs to profile.'),
    disable_cache_profilers: flag('Run no cache profiler.'),
    disable_hardware_profilers: flag('Run no hardware profiler.'),
    disable_software_profilers: flag('Run no software profiler.'),
    hardware_profilers: names('Hardware profilers to run.'),
    software_profilers: names('Software profilers to run.'),
    tracepoint: names('Tracepoints to count.'),
  }),
  powersupply: collector('powersupplyclass', {
    ignored_supplies: pattern('^$', 'Expression for supplies to leave out.'),
  }),
  runit: collector('runit', { service_dir: withDefault(t.string, '/etc/service', { doc: 'Folder of the services.' }) }),
  supervisord: collector('supervisord', {
    url: withDefault(t.string, 'http://localhost:9001/RPC2', { doc: 'Where supervisord answers.' }),
  }),
  sysctl: collector('sysctl', {
    include: names('Numeric values to expose.'),
    include_info: names('Texts to expose as labels.'),
  }),
  systemd: collector('systemd', {
    enable_restarts: flag('Expose how often services were restarted.'),
    start_time: flag('Expose when units were started.'),
    task_metrics: flag('Expose numbers of tasks.'),
    unit_exclude: pattern(UNITS_EXCLUDE, 'Expression for units to leave out.'),
    unit_include: pattern('.+', 'Expression for the units to tell of.'),
  }),
  tapestats: collector('tapestats', { ignored_devices: pattern('^$', 'Expression for devices to leave out.') }),
  textfile: collector('textfile', { directory: text('Folder whose *.prom files are exposed.') }),
  vmstat: collector('vmstat', { fields: pattern(VMSTAT_FIELDS, 'Expression for the fields to expose.') }),
});

export type UnixArguments = Decoded<typeof unixSchema>;
