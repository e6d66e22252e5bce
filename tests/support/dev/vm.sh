# shellcheck shell=bash
# SPDX-FileCopyrightText: gamesched contributors
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Boots test machines. A machine is made for one command (or one interactive shell) from a kernel, the root image and
# the present build; what it writes is forgotten when it ends. Several can run at once. KVM is used where it really
# boots this kernel, which is tried out once per boot of the host.

vm_kernel='' vm_cpus=2 vm_smp='' vm_share='' vm_mem=2048 vm_timeout=600 vm_thread=single vm_argv=()
vm_demo=''      # a script that the machine gets as /run/gamesched-dev/demo; a shell starts with it
vm_console=''   # console log of the last machine
vm_pids=() vm_run=''

# One shared last-level cache (`max` alone gives each CPU its own), and one level of page table less to emulate.
vm_cpu_model=max,vendor=GenuineIntel,level=0xd,la57=off

readonly vm_status_no_answer=125 vm_status_timeout=124

vm_cleanup() {
    ((${#vm_pids[@]} == 0)) || kill -KILL "${vm_pids[@]}" 2>/dev/null || true
    vm_pids=()
    [[ -z $vm_run ]] || rm -rf "$vm_run"
    vm_run=''
}

# vm_accel KERNEL-VERSION: QEMU's -accel argument.
vm_accel() {
    local cache
    cache=$DEV_STATE/accel-$(</proc/sys/kernel/random/boot_id)-$1
    if [[ ! -e $cache ]]; then
        rm -f "$DEV_STATE"/accel-*-"$1"
        vm_probe_kvm "$1" >"$cache.new"
        mv "$cache.new" "$cache"
    fi
    if [[ $(<"$cache") == kvm ]]; then echo kvm; else echo "tcg,thread=$vm_thread"; fi
}

vm_probe_kvm() {
    local dir log=$DEV_LOGS/kvm-probe-$1.console
    dir=$(kernel_dir "$1")
    if [[ ! -w /dev/kvm ]]; then
        ui_say "no KVM on this machine: emulating"
        echo tcg
        return
    fi
    timeout --kill-after=1 10 qemu-system-x86_64 -machine q35 -accel kvm -cpu host -m 512 -nodefaults -display none -no-reboot \
        -kernel "$dir/vmlinuz" -initrd "$dir/initramfs.cpio" -append 'console=ttyS0 panic=-1 gamesched.probe' \
        -serial stdio </dev/null >"$log" 2>&1 || true
    if grep -q GAMESCHED-PROBE-OK "$log"; then
        ui_say "KVM boots kernel $1: used"
        echo kvm
    else
        ui_say "KVM does not boot kernel $1 here ($log): emulating"
        echo tcg
    fi
}

# vm_prepare: all that a machine with $vm_kernel needs; $vm_version is the full version afterwards.
vm_prepare() {
    host_lock
    rootfs_ensure
    build_ensure gcc
    image_ensure
    build_payload_ensure
    kernel_index_ensure
    vm_version=$(kernel_resolve "$vm_kernel")
    kernel_ensure "$vm_version"
    [[ -e $(kernel_dir "$vm_version")/modules.ext4 || $vm_version == "$kernel_own_series" ]] || image_archive_ensure
    vm_accelerator=$(vm_accel "$vm_version")
    host_unlock
}
vm_version='' vm_accelerator=''

# The command, or the terminal, as a small archive behind the kernel's initramfs.
vm_make_initrd() {
    local dir=$1
    mkdir -p "$vm_run/tree/agent"
    if ((${#vm_argv[@]})); then
        printf '%s\0' "${vm_argv[@]}" >"$vm_run/tree/agent/command"
    else
        vm_terminal >"$vm_run/tree/agent/terminal"
    fi
    [[ -z $vm_demo ]] || cp "$vm_demo" "$vm_run/tree/agent/demo"
    if vm_is_in_memory "$dir"; then cp "$DEV_STATE/build/payload.tar" "$vm_run/tree/payload.tar"; fi
    cat "$dir/initramfs.cpio" >"$vm_run/initrd"
    if vm_is_in_memory "$dir"; then cat "$DEV_STATE/guest.cpio" >>"$vm_run/initrd"; fi
    (cd "$vm_run/tree" && find . -mindepth 1 -print0 | cpio --quiet --null --create --format=newc --owner=0:0) >>"$vm_run/initrd"
}

vm_is_in_memory() { [[ ! -e $1/modules.ext4 && $1 != */"$kernel_own_series" ]]; }

vm_terminal() {
    local rows columns
    read -r rows columns < <(stty size </dev/tty 2>/dev/null || echo 24 80)
    printf 'rows=%q columns=%q TERM=%q\n' "$rows" "$columns" "${TERM:-linux}"
}

# Fills vm_args.
vm_arguments() {
    local dir=$1 append="console=ttyS0 quiet loglevel=4 panic=-1 oops=panic systemd.show_status=0 net.ifnames=0 mitigations=off audit=0 nowatchdog cryptomgr.notests rcupdate.rcu_expedited=1" memory=$vm_mem
    if vm_is_in_memory "$dir"; then memory=$((vm_mem + 1024)); fi
    [[ $vm_accelerator != kvm ]] || vm_cpu_model=host
    # shellcheck disable=SC2054 # the commas are QEMU's
    vm_args=(
        -machine q35,smbus=off,sata=off -accel "$vm_accelerator" -cpu "$vm_cpu_model" -smp "${vm_smp:-$vm_cpus}" -m "$memory"
        -name gamesched,debug-threads=on -nodefaults -no-user-config -display none -no-reboot -kernel "$dir/vmlinuz" -initrd "$vm_run/initrd"
        -chardev "file,id=console,path=$vm_console" -serial chardev:console
        -device bochs-display -device virtio-serial-pci -object rng-random,id=rng,filename=/dev/urandom -device virtio-rng-pci,rng=rng
        -chardev "file,id=status,path=$vm_run/status" -device virtserialport,chardev=status,name=gamesched.status
    )
    if ! vm_is_in_memory "$dir"; then
        vm_args+=(-drive "file=$DEV_STATE/guest.ext4,format=raw,if=virtio,snapshot=on,cache=unsafe")
        vm_args+=(-drive "file=$vm_run/payload.tar,format=raw,if=virtio,readonly=on")
    fi
    if [[ -e $dir/modules.ext4 ]]; then vm_args+=(-drive "file=$dir/modules.ext4,format=raw,if=virtio,readonly=on"); fi
    if [[ -n $vm_share ]]; then
        append+=' gamesched.share'
        vm_args+=(-virtfs "local,path=${vm_share//,/,,},mount_tag=share,security_model=none,readonly=on")
    fi
    vm_args+=(-append "$append")
}
vm_args=()

# vm_demonstrate SHELL: the main job, live; then, if SHELL is yes, a shell in the same machine.
vm_demonstrate() {
    vm_demo=$DEV_TOP/tests/vm/demo.sh
    [[ $1 == yes ]] || vm_argv=(bash /run/gamesched-dev/demo)
    vm_prepare
    vm_boot
}

# Boots one machine and waits for its end; the result is the command's status, 124 (timeout) or 125 (no answer).
vm_boot() {
    local dir status=0
    dir=$(kernel_dir "$vm_version")
    vm_run=$(mktemp -d "$DEV_STATE/run.XXXXXXXX")
    vm_console=$DEV_LOGS/vm-$(date +%Y%m%d-%H%M%S)-$BASHPID.console
    ui_on_exit vm_cleanup
    ln "$DEV_STATE/build/payload.tar" "$vm_run/payload.tar"
    vm_make_initrd "$dir"
    vm_arguments "$dir"
    ui_say "booting kernel $vm_version (${vm_accelerator}, ${vm_smp:-$vm_cpus} CPUs); console: $vm_console"
    if ((${#vm_argv[@]})); then vm_attend || status=$?; else vm_converse || status=$?; fi
    vm_verdict "$status"
}

# A command: its output comes through a pipe, so that all of it has arrived when the reader ends.
vm_attend() {
    local reader status=0
    mkfifo "$vm_run/output"
    cat "$vm_run/output" </dev/null &
    reader=$!
    setpriv --pdeathsig KILL timeout --kill-after=5 "$vm_timeout" setpriv --pdeathsig KILL qemu-system-x86_64 "${vm_args[@]}" \
        -chardev "file,id=output,path=$vm_run/output" -device virtserialport,chardev=output,name=gamesched.output \
        </dev/null >>"$vm_run/qemu.log" 2>&1 &
    vm_pids=("$!" "$reader")
    wait "${vm_pids[0]}" || status=$?
    # A machine that could not start never opened the pipe.
    if ((status != 0 && status != vm_status_timeout)) && [[ ! -e $vm_run/status ]]; then kill "$reader" 2>/dev/null || true; fi
    wait "$reader" || true
    vm_pids=()
    return "$status"
}

# A person: QEMU has the terminal, and gives it back.
vm_converse() {
    local saved status=0
    saved=$(stty --save)
    qemu-system-x86_64 "${vm_args[@]}" -chardev stdio,id=terminal,signal=off -device virtconsole,chardev=terminal || status=$?
    stty "$saved"
    return "$status"
}

vm_verdict() {
    local status=$1 answer=''
    [[ ! -s $vm_run/status ]] || answer=$(head -n 1 "$vm_run/status" | tr -dc 0-9)
    [[ ! -s $vm_run/qemu.log ]] || cp "$vm_run/qemu.log" "${vm_console%.console}.qemu"
    if [[ -z $answer ]]; then
        if ((status == vm_status_timeout)); then
            ui_say "the machine did not end within $vm_timeout s and was stopped"
            answer=$vm_status_timeout
        else
            ui_say "the machine ended without an answer (QEMU's status $status)"
            answer=$vm_status_no_answer
        fi
        vm_show_trouble
    fi
    vm_cleanup
    return "$answer"
}

vm_show_trouble() {
    ui_say "the last lines of its console, $vm_console:"
    tail -n 25 "$vm_console" 2>/dev/null | tr -d '\r' | sed 's/^/  | /' >&2
    [[ ! -s $vm_run/qemu.log ]] || sed 's/^/  | qemu: /' "$vm_run/qemu.log" >&2
}
