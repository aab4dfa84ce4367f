import { describe, expect, it } from 'vitest';
import { type Container, containerTargets, type Network } from './container-targets.ts';

const settings = { port: 80, hostNetworkingHost: 'localhost', matchFirstNetwork: true };
const networks: Network[] = [
  { Id: 'n1', Name: 'web', Scope: 'local', Internal: true, Labels: { 'com.example/team': 'a' } },
  { Id: 'n2', Name: 'back', Scope: 'swarm', Ingress: true, Labels: null },
];
const web: Container = {
  Id: 'c1',
  Names: ['/web', '/other/web'],
  Image: 'nginx:1',
  ImageID: 'sha256:1',
  Labels: { 'com.docker.compose.service': 'web' },
  HostConfig: { NetworkMode: 'web' },
  NetworkSettings: { Networks: { web: { NetworkID: 'n1', IPAddress: '10.0.0.2', GlobalIPv6Address: 'fd00::2' } } },
  Ports: [
    { IP: '0.0.0.0', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' },
    { PrivatePort: 9100, Type: 'tcp' },
    { PrivatePort: 53, Type: 'udp' },
  ],
};
const addresses = (containers: Container[], own = {}) =>
  containerTargets(containers, networks, { ...settings, ...own }).map(({ __address__ }) => __address__);

describe('targets of containers', () => {
  it("have Prometheus' labels of the container, the port and the network, one for each TCP port", () => {
    const [first, second, ...others] = containerTargets([web], networks, settings);
    expect(others).toEqual([]);
    const common = {
      __meta_docker_container_id: 'c1',
      __meta_docker_container_name: '/web',
      __meta_docker_container_image: 'nginx:1',
      __meta_docker_container_image_id: 'sha256:1',
      __meta_docker_container_network_mode: 'web',
      __meta_docker_container_label_com_docker_compose_service: 'web',
      __meta_docker_network_id: 'n1',
      __meta_docker_network_name: 'web',
      __meta_docker_network_scope: 'local',
      __meta_docker_network_internal: 'true',
      __meta_docker_network_ingress: 'false',
      __meta_docker_network_label_com_example_team: 'a',
      __meta_docker_network_ip: '10.0.0.2',
    };
    expect(first).toEqual({
      ...common,
      __address__: '10.0.0.2:80',
      __meta_docker_port_private: '80',
      __meta_docker_port_public: '8080',
      __meta_docker_port_public_ip: '0.0.0.0',
    });
    expect(second).toEqual({ ...common, __address__: '10.0.0.2:9100', __meta_docker_port_private: '9100' });
  });

  it('are of the first network by name, or of each', () => {
    const both: Container = {
      ...web,
      Ports: [],
      NetworkSettings: {
        Networks: {
          web: { NetworkID: 'n1', IPAddress: '10.0.0.2' },
          back: { NetworkID: 'n2', GlobalIPv6Address: 'fd00::3' },
          gone: null,
        },
      },
    };
    expect(addresses([both])).toEqual(['[fd00::3]:80']);
    expect(addresses([both], { matchFirstNetwork: false, port: 9 })).toEqual(['[fd00::3]:9', '10.0.0.2:9']);
  });

  it('are at the host for containers in its network, without a port, as in Prometheus', () => {
    const host: Container = {
      ...web,
      HostConfig: { NetworkMode: 'host' },
      NetworkSettings: { Networks: { host: { NetworkID: 'n9', IPAddress: '' } } },
      Ports: null,
    };
    expect(addresses([host], { hostNetworkingHost: 'me' })).toEqual(['me']);
  });

  it('take the networks of the container whose network they share', () => {
    const sidecar: Container = {
      Id: 'c2',
      Names: ['/sidecar'],
      HostConfig: { NetworkMode: 'container:c1' },
      NetworkSettings: { Networks: {} },
    };
    const circle = [
      { ...sidecar, Id: 'a', HostConfig: { NetworkMode: 'container:b' } },
      { ...sidecar, Id: 'b', HostConfig: { NetworkMode: 'container:a' } },
    ];
    expect(addresses([sidecar, web])).toEqual(['10.0.0.2:80', '10.0.0.2:80', '10.0.0.2:9100']);
    expect(addresses([sidecar, ...circle])).toEqual([]);
  });

  it('are none for a container without a name or a network', () => {
    expect(
      addresses([
        { ...web, Names: [] },
        { Id: 'x', Names: ['/x'] },
      ]),
    ).toEqual([]);
  });
});
