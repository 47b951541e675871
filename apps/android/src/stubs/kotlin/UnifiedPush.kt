// As much of UnifiedPush's connector 3 as the service touches.
package org.unifiedpush.android.connector

import android.app.Service
import android.content.Intent
import android.os.IBinder
import org.unifiedpush.android.connector.data.PushEndpoint
import org.unifiedpush.android.connector.data.PushMessage

enum class FailedReason { INTERNAL_ERROR, NETWORK, ACTION_REQUIRED, VAPID_REQUIRED }

abstract class PushService : Service() {
  abstract fun onNewEndpoint(endpoint: PushEndpoint, instance: String)

  abstract fun onMessage(message: PushMessage, instance: String)

  abstract fun onRegistrationFailed(reason: FailedReason, instance: String)

  abstract fun onUnregistered(instance: String)

  override fun onBind(intent: Intent?): IBinder? = null
}
