"""Parts of networks, one file each: functions of feature maps, and layers where weights are own."""
