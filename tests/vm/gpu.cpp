// SPDX-FileCopyrightText: gamesched contributors
// SPDX-License-Identifier: GPL-2.0-or-later

#include "tests/vm/gpu.h"

#include <drm/drm.h>
#include <drm/vgem_drm.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <stdexcept>
#include <string>

#include "tests/support/shell.h"

namespace gamesched::test {

Gpu::Gpu() {
    // Whichever number it has.
    const std::string card =
        sh("modprobe vgem; udevadm settle; for card in /sys/class/drm/card[0-9]; do "
           "readlink -f $card | grep -q vgem && basename $card; done")
            .text;
    card_ = Fd(open(("/dev/dri/" + card).c_str(), O_RDWR));
    drm_mode_create_dumb buffer = {};
    buffer.height = buffer.width = 64;
    buffer.bpp = 32;
    if (!card_ || ioctl(card_.get(), DRM_IOCTL_MODE_CREATE_DUMB, &buffer) != 0)
        throw std::runtime_error("vgem is not there: \"" + card + "\"");
    buffer_ = buffer.handle;
}

void Gpu::work() const {
    drm_vgem_fence_attach attach = {.handle = buffer_};
    if (ioctl(card_.get(), DRM_IOCTL_VGEM_FENCE_ATTACH, &attach) != 0)
        _exit(2);
    drm_vgem_fence_signal signal = {.fence = attach.out_fence};
    ioctl(card_.get(), DRM_IOCTL_VGEM_FENCE_SIGNAL, &signal);
}

}  // namespace gamesched::test
