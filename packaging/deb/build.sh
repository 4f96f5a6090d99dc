#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Build OUT/heapbeat_VERSION_ARCH.deb from an installed tree. Called by make deb.
# usage: packaging/deb/build.sh OUT VERSION
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
out=$(cd "$1" && pwd)
version=$2
arch=$(dpkg --print-architecture)
work=$out/deb
root=$work/root

[ "$(dpkg-parsechangelog -l "$here/changelog" -S Version)" = "$version" ] || {
	echo "packaging/deb/changelog does not begin with version $version" >&2
	exit 1
}
rm -rf "$work"
mkdir -p "$root/DEBIAN" "$work/debian"
umask 022
env -u MAKEFLAGS -u MFLAGS make --no-print-directory -C "$top" OUT="$out" PREFIX=/usr SYSCONFDIR=/etc \
	DESTDIR="$root" install >/dev/null
strip --strip-unneeded --remove-section=.comment --remove-section=.note "$root/usr/bin/heapbeat"

# What Debian has a place of its own for.
doc=$root/usr/share/doc/heapbeat
rm "$doc/GPL-2.0-or-later.txt" "$root/usr/share/heapbeat/dashboards/LICENSE.MIT"
rmdir --ignore-fail-on-non-empty "$root/usr/share/heapbeat/dashboards"
install -m 644 "$here/changelog" "$doc/changelog"
install -m 644 "$here/copyright" "$doc/copyright"
gzip -9n "$doc/changelog" "$root"/usr/share/man/man?/*
# Debian 12 keeps units below /lib.
mkdir -p "$root/lib"
mv "$root/usr/lib/systemd" "$root/lib/systemd"
rmdir "$root/usr/lib"

# dpkg-shlibdeps wants a source package around it.
printf 'Source: heapbeat\n\nPackage: heapbeat\nArchitecture: any\n' >"$work/debian/control"
depends=$(cd "$work" && dpkg-shlibdeps -O -eroot/usr/bin/heapbeat | sed -n 's/^shlibs:Depends=//p')

size=$(du -k -s --apparent-size "$root" | cut -f 1)
sed -e "s|@VERSION@|$version|; s|@ARCH@|$arch|; s|@SIZE@|$size|; s|@DEPENDS@|$depends|" \
	"$here/control.in" >"$root/DEBIAN/control"
echo /etc/heapbeat/heapbeat.yml >"$root/DEBIAN/conffiles"
for script in postinst prerm postrm; do
	install -m 755 "$here/$script" "$root/DEBIAN/$script"
done
(cd "$root" && find usr lib etc -type f -exec md5sum {} + | sort -k 2 >DEBIAN/md5sums)
dpkg-deb --root-owner-group --build "$root" "$out/heapbeat_${version}_$arch.deb" >/dev/null
rm -rf "$work"
