# Kubernetes 1.20 from Debian's source packages, built once into a folder. Sourced by kubernetes-stage.sh.

control_plane_programs='etcd kube-apiserver kube-controller-manager kube-scheduler kube-proxy kubelet kubectl'

# Whether all programs are there: a folder of before may lack some.
control_plane_built() {
  local program
  for program in $control_plane_programs; do [ -x "$1/bin/$program" ] || return 1; done
}

# control_plane_build <folder>: makes bin/{etcd,kube-apiserver,kube-controller-manager,kube-scheduler,kube-proxy,kubelet,kubectl} in it.
control_plane_build() {
  local folder=$1 file program missing=()
  command -v dpkg-source >/dev/null || missing+=(dpkg-dev)
  for program in patch make xz; do command -v "$program" >/dev/null || missing+=("${program/xz/xz-utils}"); done
  if [ ${#missing[@]} -gt 0 ]; then apt-get -qq update && apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null; fi
  rm -rf "$folder"/{apt,debs,tools,source,gopath,gocache}
  mkdir -p "$folder"/{apt/lists/partial,debs,tools,source,bin}
  printf '%s http://deb.debian.org/debian bookworm main\n' deb deb-src >"$folder/apt/sources.list"
  : >"$folder/apt/status"
  # The machine's own package lists stay as they are.
  local apt=(-o "Dir::Etc::sourcelist=$folder/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$folder/apt/lists" -o "Dir::State::status=$folder/apt/status" -o Debug::NoLocking=1)
  apt-get "${apt[@]}" -qq update
  (cd "$folder/debs" && apt-get "${apt[@]}" -qq download golang-1.19-go golang-1.19-src etcd-server rsync jq libjq1 libonig5 libxxhash0 libpopt0)
  for file in "$folder"/debs/*.deb; do dpkg -x "$file" "$folder/tools"; done
  (cd "$folder/source" && apt-get "${apt[@]}" -qq --download-only source kubernetes)
  (cd "$folder/source" && dpkg-source --no-check -x kubernetes_*.dsc src >/dev/null)
  (
    cd "$folder/source/src"
    unset GO111MODULE GOFLAGS
    export GOROOT=$folder/tools/usr/lib/go-1.19 LD_LIBRARY_PATH=$folder/tools/usr/lib/x86_64-linux-gnu
    export PATH=$GOROOT/bin:$folder/tools/usr/bin:$PATH GOPATH=$folder/gopath GOCACHE=$folder/gocache GOPROXY=off CGO_ENABLED=0
    make GOFLAGS=-p=2 KUBE_GIT_VERSION=v1.20.2 KUBE_GIT_COMMIT=0 KUBE_GIT_TREE_STATE=archive \
      WHAT='cmd/kube-apiserver cmd/kube-controller-manager cmd/kube-scheduler cmd/kube-proxy cmd/kubelet cmd/kubectl' >"$folder/build.log" 2>&1
  ) || { tail -20 "$folder/build.log" >&2 && echo "Kubernetes did not build: $folder/build.log" >&2 && return 1; }
  cp "$folder"/source/src/_output/local/bin/linux/amd64/kube* "$folder/tools/usr/bin/etcd" "$folder/bin/"
  rm -rf "$folder"/{source,tools,gocache,gopath,debs,apt}
  control_plane_built "$folder"
}
