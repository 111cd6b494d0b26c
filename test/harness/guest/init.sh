#!/bin/sh
# First process of the guest. From the kernel's command line it has `guest_files`, a directory shared with the host: in it
# is the script `command`, and there go `output`, `errors` and `status`. Everything else of the host can only be read.
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs run /run
mkdir -p /run/files /run/tmp /run/netns /run/kernel/lib
mount -t hostfs -o "$guest_files" none /run/files
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts pts /dev/pts
mount -t tmpfs shm /dev/shm
ip link set lo up

# What the kernel asks for, a kind of link or a match of iptables, it finds among the modules of its own package.
ln -s /usr/lib/uml/modules /run/kernel/lib/modules
printf '#!/bin/sh\nexec /sbin/modprobe -d /run/kernel "$@"\n' >/run/kernel/modprobe
chmod 755 /run/kernel/modprobe
echo /run/kernel/modprobe >/proc/sys/kernel/modprobe

sh /run/files/command >/run/files/output 2>/run/files/errors </dev/null
echo $? >/run/files/status
sync
echo o >/proc/sysrq-trigger
sleep 9
