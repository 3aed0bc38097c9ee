# The machine that a kind node is: Debian packages, and Kubernetes from the system image.
ARG DEBIAN
ARG SYSTEM
FROM ${SYSTEM} AS system

FROM ${DEBIAN}
ENV container=docker
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
      systemd containerd runc containernetworking-plugins \
      iptables nftables iproute2 conntrack ethtool kmod mount procps ca-certificates \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb \
 && rm -f /etc/systemd/system/*.wants/* /lib/systemd/system/multi-user.target.wants/* \
      /lib/systemd/system/local-fs.target.wants/* /lib/systemd/system/sockets.target.wants/*udev* \
      /lib/systemd/system/sysinit.target.wants/systemd-tmpfiles-setup.service \
 && echo ReadKMsg=no >> /etc/systemd/journald.conf \
 && systemctl set-default multi-user.target \
 && systemctl mask dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount sys-kernel-tracing.mount \
      sys-fs-fuse-connections.mount systemd-binfmt.service proc-sys-fs-binfmt_misc.automount
COPY --from=system /usr/local/bin/kubernetes /usr/bin/kubernetes
RUN for n in kubelet kubeadm kubectl; do ln -s kubernetes /usr/bin/$n; done \
 && mkdir -p /etc/kubernetes/manifests
COPY files/ /
ARG KUBERNETES_VERSION
ARG PAUSE_IMAGE
RUN systemctl enable containerd.service kubelet.service \
 && printf %s "$KUBERNETES_VERSION" > /kind/version \
 && sed -i "s#@PAUSE_IMAGE@#$PAUSE_IMAGE#" /etc/containerd/config.toml
STOPSIGNAL SIGRTMIN+3
ENTRYPOINT ["/kind/entrypoint", "/lib/systemd/systemd"]
