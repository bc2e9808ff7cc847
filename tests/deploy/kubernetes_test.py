"""The manifests parse, refer to what is there, and keep to the Pod Security level
"restricted". No cluster looked at them."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import yaml

ROOT = pathlib.Path(os.environ["COLLATE_SOURCE_DIR"])
MANIFESTS = ROOT / "deploy/kubernetes/collate.yaml"


class UniqueLoader(yaml.SafeLoader):
    """A key that stands twice is a mistake and not the last one's."""


def no_repeats(loader, node, deep=False):
    keys = [loader.construct_object(key, deep=deep) for key, _ in node.value]
    repeated = {key for key in keys if keys.count(key) > 1}
    if repeated:
        raise yaml.YAMLError(f"{node.start_mark}: repeated {repeated}")
    return yaml.SafeLoader.construct_mapping(loader, node, deep=deep)


UniqueLoader.add_constructor(
    yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, no_repeats)


class KubernetesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with open(MANIFESTS, encoding="utf-8") as file:
            documents = list(yaml.load_all(file, Loader=UniqueLoader))
        cls.kinds = {document["kind"]: document for document in documents}
        assert len(cls.kinds) == len(documents)
        cls.set = cls.kinds["StatefulSet"]["spec"]
        cls.pod = cls.set["template"]["spec"]
        (cls.container,) = cls.pod["containers"]

    def test_each_object_is_of_a_stable_version_and_of_the_namespace(self):
        versions = {"Namespace": "v1", "ServiceAccount": "v1",
                    "ConfigMap": "v1", "Service": "v1",
                    "StatefulSet": "apps/v1",
                    "NetworkPolicy": "networking.k8s.io/v1"}
        self.assertEqual({kind: document["apiVersion"]
                          for kind, document in self.kinds.items()}, versions)
        for kind, document in self.kinds.items():
            self.assertIn("name", document["metadata"])
            if kind != "Namespace":
                self.assertEqual(document["metadata"]["namespace"],
                                 self.kinds["Namespace"]["metadata"]["name"])

    def test_labels_meet_their_selectors(self):
        labels = self.set["template"]["metadata"]["labels"]
        for selector in [self.set["selector"]["matchLabels"],
                         self.kinds["Service"]["spec"]["selector"],
                         self.kinds["NetworkPolicy"]["spec"]["podSelector"]
                         ["matchLabels"]]:
            self.assertLessEqual(selector.items(), labels.items())
        self.assertEqual(self.set["serviceName"],
                         self.kinds["Service"]["metadata"]["name"])

    def test_mounts_volumes_and_ports_are_declared(self):
        volumes = {volume["name"] for volume in self.pod["volumes"]}
        volumes |= {claim["metadata"]["name"]
                    for claim in self.set["volumeClaimTemplates"]}
        mounts = {mount["name"] for mount in self.container["volumeMounts"]}
        self.assertEqual(mounts, volumes)
        ports = {port["name"] for port in self.container["ports"]}
        used = {port["targetPort"]
                for port in self.kinds["Service"]["spec"]["ports"]}
        used |= {self.container[probe]["httpGet"]["port"]
                 for probe in ["startupProbe", "readinessProbe",
                               "livenessProbe"]}
        self.assertLessEqual(used, ports)
        self.assertIn(self.kinds["ConfigMap"]["metadata"]["name"],
                      [volume["configMap"]["name"]
                       for volume in self.pod["volumes"]
                       if "configMap" in volume])

    def test_pod_security_is_restricted(self):
        labels = self.kinds["Namespace"]["metadata"]["labels"]
        self.assertEqual(labels["pod-security.kubernetes.io/enforce"],
                         "restricted")
        pod = self.pod["securityContext"]
        container = self.container["securityContext"]
        self.assertTrue(pod["runAsNonRoot"])
        self.assertGreater(pod["runAsUser"], 0)
        self.assertEqual(pod["seccompProfile"]["type"], "RuntimeDefault")
        self.assertFalse(container["allowPrivilegeEscalation"])
        self.assertTrue(container["readOnlyRootFilesystem"])
        self.assertEqual(container["capabilities"], {"drop": ["ALL"]})
        for forbidden in ["hostNetwork", "hostPID", "hostIPC"]:
            self.assertNotIn(forbidden, self.pod)
        allowed = {"configMap", "secret", "emptyDir"}
        for volume in self.pod["volumes"]:
            self.assertLessEqual(set(volume) - {"name"}, allowed)

    def test_the_image_runs_as_the_user_of_the_pod(self):
        text = (ROOT / "deploy/container/Containerfile").read_text(
            encoding="utf-8")
        user = str(self.pod["securityContext"]["runAsUser"])
        self.assertIn(f"USER {user}:{user}", text)

    def test_every_path_of_the_configuration_is_mounted(self):
        text = self.kinds["ConfigMap"]["data"]["collated.textproto"]
        mounts = [mount["mountPath"] for mount in
                  self.container["volumeMounts"]]
        paths = re.findall(r'"(/[^"]+)"', text)
        self.assertGreater(len(paths), 4)
        for path in paths:
            self.assertTrue(any(path == mount or path.startswith(mount + "/")
                                for mount in mounts), path)

    def test_the_service_understands_the_configuration(self):
        text = self.kinds["ConfigMap"]["data"]["collated.textproto"]
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "collated.textproto"
            path.write_text(text, encoding="utf-8")
            done = subprocess.run(
                [os.environ["COLLATE_BINARY_DIR"] + "/bin/collated",
                 "--data", folder + "/data", "--config", str(path)],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                timeout=60, check=False)
        # All that is missing here is the Secret.
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("/etc/collate-tls/", done.stdout)
        self.assertNotIn("collated.textproto:", done.stdout)


if __name__ == "__main__":
    unittest.main()
