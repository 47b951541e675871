package nudge

import android.util.Log
import org.unifiedpush.android.connector.FailedReason
import org.unifiedpush.android.connector.PushService
import org.unifiedpush.android.connector.data.PushEndpoint
import org.unifiedpush.android.connector.data.PushMessage

/** What comes through UnifiedPush. Its connector keeps keys of its own, and opens with them. */
class NudgePushService : PushService() {
  override fun onNewEndpoint(endpoint: PushEndpoint, instance: String) {
    val keys = endpoint.pubKeySet ?: return
    val host = Nudge.host
    Nudge.say {
      it.registerUnifiedPush(endpoint.url, keys.pubKey, keys.auth, host.deviceName, host.servers)
    }
  }

  override fun onMessage(message: PushMessage, instance: String) =
    Screen(this).receive {
      if (!message.decrypted) throw Unreadable("sealed to other keys, or damaged")
      Message.ofText(message.content)
    }

  override fun onRegistrationFailed(reason: FailedReason, instance: String) {
    Log.w("nudge", "UnifiedPush does not register: $reason")
  }

  override fun onUnregistered(instance: String) = Nudge.unregister()
}
