# SPDX-License-Identifier: ISC
#
# install.cmake - what `make install` puts where
