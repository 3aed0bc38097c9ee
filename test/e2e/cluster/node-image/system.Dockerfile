# Everything of Kubernetes that runs in containers, as one image: the control plane, kube-proxy and the node agents.
# The context has the multi-call program `kubernetes` beside the files of this folder.
ARG DEBIAN
FROM ${DEBIAN} AS tools
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends iptables nftables
COPY collect-libraries /
# kube-proxy needs iptables with all its extensions, and those all their libraries: without one of them rules fail to load in silence.
RUN /collect-libraries /out /usr/sbin/xtables-nft-multi /usr/sbin/nft /usr/lib/*/xtables/*.so \
 && for t in iptables ip6tables; do for s in "" -save -restore; do ln -s xtables-nft-multi /out/usr/sbin/$t$s; done; done \
 && mkdir -p /out/run /out/tmp /out/usr/local/bin \
 && for n in kube-apiserver kube-controller-manager kube-scheduler kube-proxy etcd coredns network-agent storage-agent; do \
      ln -s kubernetes /out/usr/local/bin/$n; done

FROM scratch
COPY --from=tools /out/ /
COPY kubernetes /usr/local/bin/kubernetes
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
